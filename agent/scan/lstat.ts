import { type BigIntStats, constants, lstatSync } from 'node:fs';
import type { AbsPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import type { Stat } from '../core/entry.ts';

/** `special`: a socket, a pipe or a device. */
export type DiskKind = 'file' | 'folder' | 'symlink' | 'special';

export interface DiskStat extends Stat {
  readonly kind: DiskKind;
}

const OPTIONS = { bigint: true, throwIfNoEntry: false } as const;

/**
 * What is at the path itself; a symlink is not followed.
 *
 * @returns undefined where nothing is, also where a folder above it is none
 * @throws the system's error where a folder above may not be searched, or the disk fails
 */
export function lstatPath(path: AbsPath | Buffer): DiskStat | undefined {
  try {
    const stats = lstatSync(path, OPTIONS);
    return stats === undefined ? undefined : toDiskStat(stats);
  } catch (error) {
    // `throwIfNoEntry` covers ENOENT alone.
    if (errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

export function toDiskStat(stats: BigIntStats): DiskStat {
  const mode = Number(stats.mode);
  return {
    ino: stats.ino,
    sizeBytes: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    mode,
    kind: kindOf(mode),
  };
}

function kindOf(mode: number): DiskKind {
  const type = mode & constants.S_IFMT;
  if (type === constants.S_IFREG) return 'file';
  if (type === constants.S_IFDIR) return 'folder';
  return type === constants.S_IFLNK ? 'symlink' : 'special';
}
