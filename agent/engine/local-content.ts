/**
 * Content that this host has already, at another path or in the trash: it need not come from elsewhere.
 *
 * @module
 */
import { lstatSync, rmSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { type ContentHash, type Recorded, sameStat } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { IndexStore } from '../index/index-store.ts';
import { createHasher } from '../scan/hash.ts';
import type { DiskStat } from '../scan/lstat.ts';
import { hashFile, readStable } from '../scan/read-stable.ts';
import type { Basis } from '../transfer/difference-queue.ts';
import { type MakeOptions, makeFrom } from '../transfer/make-from.ts';

export interface LocalContent {
  /** What was at a path until now, and where it is kept. */
  kept(hash: ContentHash, at: AbsPath): void;
  /**
   * Verified; large content as a copy at the given place in the stage, which shares its blocks where the filesystem can
   * do that.
   *
   * @returns undefined where none is known
   */
  find(content: Wanted, copy: () => AbsPath): Uint8Array | Promise<AbsPath | undefined> | undefined;
  /** The file at the path, which is nearly what it is to become; undefined where there is none, or no large one. */
  near(path: RelPath): Basis | undefined;
  /** The file as it was recorded, or that and more behind it; undefined where it is another. */
  standing(record: Recorded): AbsPath | undefined;
}

interface Wanted {
  readonly hash: ContentHash;
  readonly sizeBytes: number;
}

export interface LocalContentOptions {
  readonly root: AbsPath;
  readonly index: Pick<IndexStore, 'withContent' | 'get'>;
  /** Content up to this size is held in memory. */
  readonly smallBytes: number;
  readonly hasRoom: (sizeBytes: number) => boolean;
  /** What is at the path, by way of real folders alone. */
  readonly lookUp: (path: RelPath) => DiskStat | 'failed' | undefined;
  readonly signal: AbortSignal;
}

/** Of less than that, sums and differences would cost as much as the whole. */
const MIN_NEAR_BYTES = 256 << 10;
/** In the trash and remembered: as many as a switch between branches of a large repository replaces. */
const MAX_KEPT = 16_384;

export function createLocalContent(options: LocalContentOptions): LocalContent {
  const { root, index, smallBytes, signal } = options;
  const keptByHash = new Map<ContentHash, AbsPath>();

  const places = (wanted: Wanted): AbsPath[] => {
    const record = index.withContent(wanted.hash);
    const kept = keptByHash.get(wanted.hash);
    return [
      ...(record === undefined ? [] : [childPath(root, record.path)]),
      ...(kept === undefined ? [] : [kept]),
    ].filter((at) => {
      const stat = lstatSync(at, { throwIfNoEntry: false });
      return stat?.isFile() === true && stat.size === wanted.sizeBytes;
    });
  };
  const copyOf = async (
    from: readonly AbsPath[],
    copy: AbsPath,
    { hash, sizeBytes }: Wanted,
  ): Promise<AbsPath | undefined> => {
    for (const at of from) {
      try {
        if ((await copied({ basis: at, into: copy, sizeBytes }, signal)) === hash) return copy;
      } catch {
        // It changed, it went, or there is no room: it comes from elsewhere, or not at all, and that is told there.
      }
      rmSync(copy, { force: true });
    }
    return undefined;
  };

  return {
    kept(hash, at) {
      keptByHash.delete(hash);
      keptByHash.set(hash, at);
      if (keptByHash.size <= MAX_KEPT) return;
      for (const oldest of keptByHash.keys()) {
        keptByHash.delete(oldest);
        return;
      }
    },
    find(wanted, copy) {
      const from = places(wanted);
      if (from.length === 0) return undefined;
      if (wanted.sizeBytes > smallBytes)
        return options.hasRoom(wanted.sizeBytes) ? copyOf(from, copy(), wanted) : undefined;
      for (const at of from) {
        const read = readStable(at, smallBytes);
        if (read.kind === 'content' && read.hash === wanted.hash) return read.bytes;
      }
      return undefined;
    },
    near(path) {
      const stat = options.lookUp(path);
      if (stat === undefined || stat === 'failed') return undefined;
      if (stat.kind !== 'file' || stat.sizeBytes < MIN_NEAR_BYTES) return undefined;
      const record = index.get(path);
      const isRecorded = record?.stat !== undefined && sameStat(record.stat, stat);
      return {
        file: childPath(root, path),
        hash: isRecorded ? record.hash : undefined,
        sizeBytes: stat.sizeBytes,
      };
    },
    standing(record) {
      const stat = options.lookUp(record.path);
      if (stat === undefined || stat === 'failed' || record.stat === undefined) return undefined;
      const grown = stat.ino === record.stat.ino && stat.sizeBytes > record.sizeBytes;
      return grown || sameStat(stat, record.stat) ? childPath(root, record.path) : undefined;
    },
  };
}

/** The hash of the copy. */
async function copied(
  file: Pick<MakeOptions, 'basis' | 'into' | 'sizeBytes'>,
  signal: AbortSignal,
): Promise<ContentHash | undefined> {
  const nothing = { take: async () => undefined, isStopped: () => signal.aborted };
  const hash = await makeFrom({ ...file, ranges: [], createHasher, onPart: () => undefined }, nothing);
  if (hash !== undefined) return hash;
  const hashed = await hashFile(file.into, { signal });
  return hashed.kind === 'hashed' ? hashed.hash : undefined;
}
