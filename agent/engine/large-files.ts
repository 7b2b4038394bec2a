/**
 * Hashes large files beside other work, a few at a time, and says what they are once that is known for sure. What was saved
 * last comes first: it waits neither for all that a walk has met before nor for a file that takes minutes.
 *
 * @module
 */
import PQueue from 'p-queue';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { messageOf } from '../../platform/failure.ts';
import { type ContentHash, type Stat, sameStat } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { DiskStat } from '../scan/lstat.ts';
import { type HashFileOptions, hashFile } from '../scan/read-stable.ts';
import { createGrowing } from './growing.ts';
import type { Problems } from './problems.ts';

export interface LargeFiles {
  /**
   * Resolves once the file was dealt with, which it is once however often it is asked for meanwhile; never rejects.
   *
   * @param sizeBytes of a moment ago
   */
  hash(path: RelPath, sizeBytes: number): Promise<void>;
  /** How many are hashed or wait for that; not those that grow all the time and are let be. */
  readonly hashing: number;
}

export interface LargeFilesOptions {
  readonly root: AbsPath;
  readonly problems: Pick<Problems, 'report'>;
  /** What makes the hash; it may keep more than that. */
  readonly hasherFor: (path: RelPath) => HashFileOptions['createHasher'];
  /** What is at the path now; `failed` where that cannot be said. */
  readonly lookUp: (path: RelPath) => DiskStat | 'failed' | undefined;
  /** What the file was a moment ago, and is, or is the beginning of. */
  readonly onKnown: (path: RelPath, hash: ContentHash, stat: Stat) => void;
  /** It is being written, or was replaced. */
  readonly lookAgain: (path: RelPath) => void;
  /** A file was dealt with. */
  readonly onHashed: () => void;
  readonly signal: AbortSignal;
}

/** One is read while another is hashed. With more, each has a megabyte in memory and a file open, and none is sooner. */
const AT_ONCE = 4;
/** Files above this have a queue of their own. */
const LONG_BYTES = 64 << 20;
const LONG_AT_ONCE = 2;

export function createLargeFiles(options: LargeFilesOptions): LargeFiles {
  const { root, problems, lookUp, lookAgain, signal } = options;
  const hashingByPath = new Map<RelPath, Promise<void>>();
  const growing = createGrowing(signal);
  const short = new PQueue({ concurrency: AT_ONCE });
  const long = new PQueue({ concurrency: LONG_AT_ONCE });
  let asked = 0;

  const look = async (path: RelPath): Promise<void> => {
    const startedAt = performance.now();
    const grows = growing.has(path);
    const createHasher = options.hasherFor(path);
    const hashed = await hashFile(childPath(root, path), {
      signal,
      growing: grows,
      ...(createHasher !== undefined && { createHasher }),
    });
    hashingByPath.delete(path);
    switch (hashed.kind) {
      case 'hashed': {
        // Hashing took its time: what was hashed may have been replaced, and that recorded, meanwhile.
        const stat = lookUp(path);
        const isFile = stat !== undefined && stat !== 'failed' && stat.kind === 'file';
        const same = isFile && sameStat(stat, hashed.stat);
        const grew = isFile && grows && stat.ino === hashed.stat.ino && stat.sizeBytes > hashed.stat.sizeBytes;
        if (same || grew) options.onKnown(path, hashed.hash, hashed.stat);
        if (grew) growing.recorded(path, performance.now() - startedAt);
        if (same) growing.forget(path);
        else lookAgain(path);
        return;
      }
      case 'problem':
        problems.report({ path, code: hashed.code, cause: hashed.cause, cure: hashed.cure }, { fromDisk: true });
        return;
      case 'unstable':
        growing.changed(path);
        lookAgain(path);
        return;
      case 'gone':
        growing.forget(path);
        lookAgain(path);
    }
  };
  const failed = (path: RelPath, error: unknown): void => {
    hashingByPath.delete(path);
    if (signal.aborted) return;
    problems.report({
      path,
      code: 'IO_ERROR',
      cause: `Could not read it: ${messageOf(error)}`,
      cure: 'Check the disk, then: dsync sync',
    });
  };

  return {
    hash(path, sizeBytes) {
      const known = hashingByPath.get(path);
      if (known !== undefined) return known;
      const queue = sizeBytes > LONG_BYTES ? long : short;
      // What rests keeps nobody waiting.
      const hashing = growing
        .rest(path)
        .then(() => queue.add(() => look(path), { priority: asked++ }))
        .catch((error: unknown) => failed(path, error))
        .finally(options.onHashed);
      hashingByPath.set(path, hashing);
      return hashing;
    },
    get hashing() {
      return hashingByPath.size - growing.resting;
    },
  };
}
