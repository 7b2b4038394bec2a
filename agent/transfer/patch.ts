/**
 * A new version of a file, made from the former one and the blocks that differ: the two ends of the lane that carries
 * those blocks, one behind the other.
 *
 * @module
 */
import { chmod, constants, copyFile, type FileHandle, open, truncate } from 'node:fs/promises';
import { Readable, Writable } from 'node:stream';
import type { AbsPath } from '../../platform/abs-path.ts';
import { messageOf } from '../../platform/failure.ts';
import type { Range } from './block-sums.ts';
import type { LaneRun } from './lane.ts';

/** Most bytes of sums that are asked with: those of 16 GiB. */
export const MAX_SUMS_BYTES = 1 << 20;
const READ_BYTES = 256 << 10;
/** Without O_NONBLOCK the opening of a pipe would wait for a writer. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export function sendRanges(file: AbsPath, ranges: readonly Range[]): LaneRun {
  const from = Readable.from(readAll(file, ranges), { objectMode: false, highWaterMark: READ_BYTES });
  // The other end has nothing to say.
  const to = new Writable({ write: (_chunk, _encoding, done) => done() });
  return { from, to, ended: endOf(from, 'end'), stop: () => void from.destroy() };
}

async function* readAll(file: AbsPath, ranges: readonly Range[]): AsyncGenerator<Buffer> {
  const handle = await open(file, READ_FLAGS);
  try {
    for (const { offset, bytes } of ranges) {
      for (let done = 0; done < bytes; ) {
        const block = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, bytes - done));
        const { bytesRead } = await handle.read(block, 0, block.length, offset + done);
        if (bytesRead === 0) throw new Error('the file changed while it was read');
        yield block.subarray(0, bytesRead);
        done += bytesRead;
      }
    }
  } finally {
    await handle.close();
  }
}

export interface PatchOptions {
  /** What the file was. */
  readonly basis: AbsPath;
  /** Where the new version is made; nothing may be there. */
  readonly into: AbsPath;
  readonly sizeBytes: number;
  readonly ranges: readonly Range[];
  /** What came was written. */
  readonly onPart: (part: Uint8Array) => void;
}

export function receiveRanges({ basis, into, sizeBytes, ranges, onPart }: PatchOptions): LaneRun {
  const opening = copyOf(basis, into, sizeBytes);
  // Whoever writes to it hears of that as well.
  opening.catch(() => undefined);
  const left = ranges.map((range) => ({ ...range }));
  const put = async (chunk: Buffer): Promise<void> => {
    const file = await opening;
    for (let at = 0; at < chunk.length; ) {
      const range = left[0];
      if (range === undefined) throw new Error('the other agent sent more than what differs');
      const { bytesWritten } = await file.write(chunk, at, Math.min(chunk.length - at, range.bytes), range.offset);
      at += bytesWritten;
      range.offset += bytesWritten;
      range.bytes -= bytesWritten;
      if (range.bytes === 0) left.shift();
    }
    onPart(chunk);
  };
  const finish = async (): Promise<void> => {
    await opening;
    if (left.length > 0) throw new Error('the other agent sent less than what differs');
  };
  const close = async (): Promise<void> => (await opening).close();
  const to = new Writable({
    write: (chunk: Buffer, _encoding, done) => void put(chunk).then(() => done(), done),
    final: (done) => void finish().then(() => done(), done),
    destroy(error, done) {
      void close().then(
        () => done(error),
        () => done(error),
      );
    },
  });
  return { from: Readable.from([]), to, ended: endOf(to, 'close'), stop: () => void to.destroy() };
}

/** A file of that size that begins as the basis does, shares its blocks where the filesystem can do that, and is open. */
async function copyOf(basis: AbsPath, into: AbsPath, sizeBytes: number): Promise<FileHandle> {
  await copyFile(basis, into, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await chmod(into, 0o600);
  await truncate(into, sizeBytes);
  return await open(into, 'r+');
}

function endOf(stream: Readable | Writable, event: 'end' | 'close'): Promise<string | undefined> {
  return new Promise((resolve) => {
    let failure: string | undefined;
    stream.once('error', (error: unknown) => {
      failure = messageOf(error);
    });
    if (event === 'end') stream.once('end', () => resolve(undefined));
    stream.once('close', () => {
      const isThrough = stream instanceof Writable ? stream.writableFinished : stream.readableEnded;
      resolve(isThrough ? undefined : (failure ?? 'it was stopped'));
    });
  });
}
