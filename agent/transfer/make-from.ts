/**
 * A file made from another one and what differs. Where the filesystem cannot share blocks, it is hashed while it is made: a
 * copy that is read for its hash afterwards takes half as long again.
 *
 * @module
 */
import { chmod, constants, copyFile, type FileHandle, open, truncate } from 'node:fs/promises';
import type { AbsPath } from '../../platform/abs-path.ts';
import { readParts } from '../../platform/read-parts.ts';
import type { ContentHash } from '../core/entry.ts';
import type { Range } from './block-sums.ts';
import type { Hasher } from './sum-book.ts';

/** Without O_NONBLOCK the opening of a pipe would wait for a writer. */
export const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface MakeOptions {
  /** What the file was. */
  readonly basis: AbsPath;
  /** Where the new version is made; nothing may be there. */
  readonly into: AbsPath;
  readonly sizeBytes: number;
  /** What is not as in the basis, in order. */
  readonly ranges: readonly Range[];
  readonly createHasher: () => Hasher;
  /** So much of it is there. */
  readonly onPart: (bytesDone: number) => void;
}

/** What the ranges hold, one behind the other. */
export interface IncomingBytes {
  /** The next bytes, so many at most; undefined at the end. */
  take(most: number): Promise<Buffer | undefined>;
  readonly isStopped: () => boolean;
}

/**
 * @returns the hash of what was made, or undefined where the filesystem shared the blocks of the basis: then nobody has
 * read them
 * @throws where the basis is too short, the ranges hold more or less than was said, or the disk refuses
 */
export async function makeFrom(options: MakeOptions, incoming: IncomingBytes): Promise<ContentHash | undefined> {
  const { into, sizeBytes, ranges } = options;
  const isClone = await clone(options.basis, into, sizeBytes);
  const hasher = isClone ? undefined : options.createHasher();
  const file = await open(into, isClone ? 'r+' : 'wx', 0o600);
  let basis: FileHandle | undefined;
  let bytesDone = isClone ? sizeBytes - ranges.reduce((sum, { bytes }) => sum + bytes, 0) : 0;
  const put = async (bytes: Buffer, offset: number): Promise<void> => {
    if (incoming.isStopped()) throw new Error('it was stopped');
    const written = writeAll(file, bytes, offset);
    hasher?.update(bytes);
    await written;
    bytesDone += bytes.length;
    options.onPart(bytesDone);
  };
  const putBasis = async (from: number, upTo: number): Promise<void> => {
    if (basis === undefined) return;
    let at = from;
    for await (const part of readParts(basis, upTo, from)) {
      await put(part, at);
      at += part.length;
    }
    if (at < upTo) throw new Error('the file changed while it was read');
  };
  const putRange = async ({ offset, bytes }: Range): Promise<void> => {
    for (let at = offset; at < offset + bytes; ) {
      const part = await incoming.take(offset + bytes - at);
      if (part === undefined) throw new Error('the other agent sent less than what differs');
      await put(part, at);
      at += part.length;
    }
  };
  try {
    if (!isClone) basis = await open(options.basis, READ_FLAGS);
    let at = 0;
    for (const range of ranges) {
      await putBasis(at, range.offset);
      await putRange(range);
      at = range.offset + range.bytes;
    }
    await putBasis(at, sizeBytes);
    if ((await incoming.take(1)) !== undefined) throw new Error('the other agent sent more than what differs');
    return hasher?.digest();
  } finally {
    await basis?.close();
    await file.close();
  }
}

/** Where the filesystem can share blocks: a file of that size that begins as the basis does. */
async function clone(basis: AbsPath, into: AbsPath, sizeBytes: number): Promise<boolean> {
  try {
    await copyFile(basis, into, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
  } catch {
    return false;
  }
  await chmod(into, 0o600);
  await truncate(into, sizeBytes);
  return true;
}

async function writeAll(file: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}
