/**
 * A file's content as it was at one moment: read only while it does not change.
 *
 * @module
 */
import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { AbsPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import { readParts } from '../../platform/read-parts.ts';
import { type ContentHash, sameStat } from '../core/entry.ts';
import { type DiskProblem, diskProblem } from './disk-problem.ts';
import { createHasher, hashBuffer } from './hash.ts';
import { type DiskStat, lstatPath, toDiskStat } from './lstat.ts';

/** Something to be looked at again: it is being written, or it is no file any more. */
type Unstable = { readonly kind: 'unstable' };
type Gone = { readonly kind: 'gone' };
type Failed = DiskProblem & { readonly kind: 'problem' };

export type StableContent =
  | { readonly kind: 'content'; readonly bytes: Buffer; readonly hash: ContentHash; readonly stat: DiskStat }
  /** Larger than asked for; nothing was read. */
  | { readonly kind: 'large'; readonly stat: DiskStat }
  | Unstable
  | Gone
  | Failed;

export type HashedFile =
  | { readonly kind: 'hashed'; readonly hash: ContentHash; readonly stat: DiskStat }
  | Unstable
  | Gone
  | Failed;

/** Without O_NONBLOCK the opening of a pipe would wait for a writer. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const FSTAT = { bigint: true } as const;

/** Many small files share a piece of memory: one of its own for each makes the collector's work several times as much. */
const SHARED_BYTES = 256 << 10;
let shared = Buffer.alloc(0);

function allocateShared(sizeBytes: number): Buffer {
  if (sizeBytes > SHARED_BYTES / 4) return Buffer.allocUnsafeSlow(sizeBytes);
  if (sizeBytes > shared.length) shared = Buffer.allocUnsafeSlow(SHARED_BYTES);
  const buffer = shared.subarray(0, sizeBytes);
  shared = shared.subarray(sizeBytes);
  return buffer;
}

/**
 * Synchronous, for files that are read in a moment. `stat` holds for the bytes: it was the same before and after.
 *
 * @param allocate gives the memory that the bytes will lie in
 */
export function readStable(
  path: AbsPath,
  maxBytes: number,
  allocate: (sizeBytes: number) => Buffer = allocateShared,
): StableContent {
  let fd: number;
  try {
    fd = openSync(path, FLAGS);
  } catch (error) {
    return notOpened(error);
  }
  try {
    const stat = toDiskStat(fstatSync(fd, FSTAT));
    if (stat.kind !== 'file') return { kind: 'unstable' };
    if (stat.sizeBytes > maxBytes) return { kind: 'large', stat };
    // One byte more than there should be, so that growth shows at once.
    const buffer = allocate(stat.sizeBytes + 1);
    let at = 0;
    // A read that gives all there should be ends here: one more, to see the end, would cost as much again.
    while (at < stat.sizeBytes) {
      const count = readSync(fd, buffer, at, buffer.length - at, null);
      if (count === 0) break;
      at += count;
    }
    if (at !== stat.sizeBytes || !sameStat(stat, toDiskStat(fstatSync(fd, FSTAT)))) return { kind: 'unstable' };
    const bytes = buffer.subarray(0, at);
    return { kind: 'content', bytes, hash: hashBuffer(bytes), stat };
  } catch (error) {
    return { kind: 'problem', ...diskProblem(error, 'read it') };
  } finally {
    closeSync(fd);
  }
}

export interface HashFileOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Takes a file that only grows meanwhile as what it was when it was opened. That its beginning stayed is seen by
   * reading it twice.
   */
  readonly growing?: boolean;
  readonly createHasher?: typeof createHasher;
}

/**
 * The hash of a file of any size, read in parts beside other work.
 *
 * @throws the signal's reason
 */
export async function hashFile(
  path: AbsPath,
  { signal, growing = false, createHasher: hasherFor = createHasher }: HashFileOptions = {},
): Promise<HashedFile> {
  signal?.throwIfAborted();
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, FLAGS);
  } catch (error) {
    return notOpened(error);
  }
  try {
    const stat = toDiskStat(await file.stat(FSTAT));
    if (stat.kind !== 'file') return { kind: 'unstable' };
    const hash = await hashBeginning(file, stat.sizeBytes, hasherFor(), signal);
    const after = toDiskStat(await file.stat(FSTAT));
    if (hash === undefined) return { kind: 'unstable' };
    if (sameStat(stat, after)) return { kind: 'hashed', hash, stat };
    const grew = growing && after.sizeBytes > stat.sizeBytes;
    return grew && (await hashBeginning(file, stat.sizeBytes, hasherFor(), signal)) === hash
      ? { kind: 'hashed', hash, stat }
      : { kind: 'unstable' };
  } catch (error) {
    signal?.throwIfAborted();
    return { kind: 'problem', ...diskProblem(error, 'read it') };
  } finally {
    await file.close();
  }
}

/** Undefined where it has not so many bytes. */
async function hashBeginning(
  file: FileHandle,
  sizeBytes: number,
  hasher: ReturnType<typeof createHasher>,
  signal: AbortSignal | undefined,
): Promise<ContentHash | undefined> {
  let hashedBytes = 0;
  for await (const part of readParts(file, sizeBytes)) {
    signal?.throwIfAborted();
    hasher.update(part);
    hashedBytes += part.length;
  }
  return hashedBytes === sizeBytes ? hasher.digest() : undefined;
}

export type LinkTarget =
  | { readonly kind: 'target'; readonly target: string; readonly hash: ContentHash; readonly stat: DiskStat }
  | Unstable
  | Gone
  | Failed;

/** Where a symlink points, as it stands in the link. */
export function readLinkTarget(path: AbsPath): LinkTarget {
  try {
    const stat = lstatPath(path);
    if (stat === undefined) return { kind: 'gone' };
    if (stat.kind !== 'symlink') return { kind: 'unstable' };
    const bytes = readlinkSync(path, 'buffer');
    const target = bytes.toString('utf8');
    if (!Buffer.from(target).equals(bytes)) {
      return {
        kind: 'problem',
        code: 'NAME_INVALID',
        cause: 'The symlink points to a name that is not valid UTF-8',
        cure: 'Rename what it points to and make the link anew, or add it to .dsyncignore',
      };
    }
    // A link cannot be changed, only replaced: the same inode and time before and after mean one link.
    const after = lstatPath(path);
    if (after === undefined || !sameStat(stat, after)) return { kind: 'unstable' };
    return { kind: 'target', target, hash: hashBuffer(bytes), stat };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return { kind: 'gone' };
    if (errno === 'EINVAL') return { kind: 'unstable' };
    return { kind: 'problem', ...diskProblem(error, 'read the link') };
  }
}

function notOpened(error: unknown): Unstable | Gone | Failed {
  switch (errnoOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { kind: 'gone' };
    // A symlink, a socket or a device without a driver stands there.
    case 'ELOOP':
    case 'EMLINK':
    case 'ENXIO':
    case 'ENODEV':
    case 'EOPNOTSUPP':
      return { kind: 'unstable' };
    default:
      return { kind: 'problem', ...diskProblem(error, 'read it') };
  }
}
