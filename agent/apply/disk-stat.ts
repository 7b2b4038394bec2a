/**
 * What lstat says of a path, and whether it is what was expected.
 *
 * @module
 */
import { type BigIntStats, constants, lstatSync } from 'node:fs';
import type { AbsPath } from '../../platform/abs-path.ts';
import { type Stat, sameStat } from '../core/entry.ts';

/** Returns undefined where nothing is; throws all but ENOENT. */
export function lstatOf(path: AbsPath): Stat | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? undefined : toStat(stats);
}

export function toStat(stats: BigIntStats): Stat {
  return { ino: stats.ino, sizeBytes: Number(stats.size), mtimeNs: stats.mtimeNs, mode: Number(stats.mode) };
}

export function isFolderMode(mode: number): boolean {
  return (mode & constants.S_IFMT) === constants.S_IFDIR;
}

export function isFileMode(mode: number): boolean {
  return (mode & constants.S_IFMT) === constants.S_IFREG;
}

export function isSymlinkMode(mode: number): boolean {
  return (mode & constants.S_IFMT) === constants.S_IFLNK;
}

/** A folder's size and mtime change with what is in it: it is the same as long as inode, type and mode are. */
export function isAsExpected(expected: Stat | undefined, actual: Stat | undefined): boolean {
  if (expected === undefined || actual === undefined) return expected === actual;
  if (isFolderMode(expected.mode)) return expected.ino === actual.ino && expected.mode === actual.mode;
  return sameStat(expected, actual);
}
