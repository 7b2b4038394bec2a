/**
 * Mode and mtime of what has the right content already.
 *
 * @module
 */
import { chmodSync, closeSync, constants, fchmodSync, fstatSync, openSync } from 'node:fs';
import type { AbsPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import type { Stat } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { isAsExpected, isFileMode, isFolderMode, isSymlinkMode, lstatOf, toStat } from './disk-stat.ts';
import type { ApplyOutcome } from './outcome.ts';
import { CHANGED } from './place.ts';
import { guarded, type Site, touched } from './site.ts';

export interface Meta {
  /** Permission bits; a symlink has none. */
  readonly mode?: number | undefined;
  /** A folder's is left alone. */
  readonly mtimeNs?: bigint | undefined;
}

export function setMeta(site: Site, path: RelPath, meta: Meta, expected: Stat): ApplyOutcome {
  return guarded(site, path, (at, parent) => {
    if (!isAsExpected(expected, lstatOf(at))) return CHANGED;
    const stat = isFileMode(expected.mode)
      ? setFileMeta(site, at, meta, expected)
      : setOtherMeta(site, at, meta, expected);
    if (stat === undefined) return CHANGED;
    touched(site, parent, at);
    return { kind: 'done', stat, trashed: undefined };
  });
}

/** By descriptor, so that a file saved over it meanwhile is not touched. */
function setFileMeta(site: Site, at: AbsPath, meta: Meta, expected: Stat): Stat | undefined {
  let fd: number;
  try {
    fd = openSync(at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ELOOP') return undefined;
    // Not readable, but ours: only the path is left to reach it by.
    if (errnoOf(error) === 'EACCES') return setOtherMeta(site, at, meta, expected);
    throw error;
  }
  try {
    if (!isAsExpected(expected, toStat(fstatSync(fd, { bigint: true })))) return undefined;
    if (meta.mode !== undefined) fchmodSync(fd, meta.mode);
    if (meta.mtimeNs !== undefined) site.renames.setMtimeFd(fd, meta.mtimeNs);
    const stat = toStat(fstatSync(fd, { bigint: true }));
    return stat.sizeBytes === expected.sizeBytes && lstatOf(at)?.ino === stat.ino ? stat : undefined;
  } finally {
    closeSync(fd);
  }
}

function setOtherMeta(site: Site, at: AbsPath, meta: Meta, expected: Stat): Stat | undefined {
  if (meta.mode !== undefined && !isSymlinkMode(expected.mode)) chmodSync(at, meta.mode);
  if (meta.mtimeNs !== undefined && !isFolderMode(expected.mode)) site.renames.setMtime(at, meta.mtimeNs);
  const stat = lstatOf(at);
  return stat?.ino === expected.ino ? stat : undefined;
}
