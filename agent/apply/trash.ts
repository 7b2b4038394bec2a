/**
 * Where a replaced or deleted file is kept, for a while: `.dsync/local/trash/<UTC yyyymmddThhmmssZ>/<path>`.
 *
 * A folder of that form is made by one agent's life alone and takes each path once; what comes in for a path it holds
 * already goes into a new one, `…Z~2` within the same second. So a stored path is always the file's own.
 *
 * @module
 */
import { constants, copyFileSync, mkdirSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import { isAsExpected, isFileMode, isSymlinkMode, lstatOf } from './disk-stat.ts';
import type { Renames } from './exchange.ts';
import { trashFolder } from './local-folder.ts';

export interface Trash {
  /**
   * Moves a file or symlink into the trash and returns where it is kept.
   *
   * @throws EXDEV where it lies on another filesystem: then {@link copyIn}, if nobody else can write at `from`
   */
  readonly take: (from: AbsPath, path: string) => AbsPath;
  /** The same for another filesystem, by copying; throws EBUSY, and leaves `from`, if it changed meanwhile. */
  readonly copyIn: (from: AbsPath, path: string) => AbsPath;
}

/** For how long one folder of the trash is used: a burst then makes few folders. */
const FOLDER_MS = 10_000;

export function createTrash(root: AbsPath, renames: Renames, now: () => number = Date.now): Trash {
  const base = trashFolder(root);
  const made = new Set<string>();
  let current: AbsPath | undefined;
  let openedAt = 0;
  let last = { stamp: '', n: 0 };

  const openFolder = (): AbsPath => {
    openedAt = now();
    const stamp = formatStamp(openedAt);
    made.clear();
    // One path saved again and again opens many within a second: no search from the first.
    for (let n = stamp === last.stamp ? last.n + 1 : 1; ; n++) {
      last = { stamp, n };
      const folder = childPath(base, n === 1 ? stamp : `${stamp}~${n}`);
      if (tryMkdir(folder)) {
        current = folder;
        return folder;
      }
    }
  };

  /** Returns undefined where the current folder has the place taken. */
  const reserve = (folder: AbsPath, path: string): AbsPath | undefined => {
    const to = childPath(folder, path);
    const parent = dirname(path);
    if (parent !== '.' && !made.has(parent)) {
      try {
        mkdirSync(childPath(folder, parent), { recursive: true, mode: 0o700 });
      } catch (error) {
        // A file of that name was trashed before.
        if (errnoOf(error) === 'EEXIST' || errnoOf(error) === 'ENOTDIR') return undefined;
        throw error;
      }
      made.add(parent);
    }
    return lstatOf(to) === undefined ? to : undefined;
  };

  const keep = (path: string, move: (to: AbsPath) => void): AbsPath => {
    for (let attempt = 0; ; attempt++) {
      const age = now() - openedAt;
      const folder = current === undefined || attempt > 0 || age > FOLDER_MS || age < 0 ? openFolder() : current;
      const to = reserve(folder, path);
      if (to === undefined) continue;
      try {
        move(to);
        return to;
      } catch (error) {
        // Someone emptied the trash; a second ENOENT means that what was to come is gone.
        if (errnoOf(error) !== 'ENOENT' || attempt > 0) throw error;
      }
    }
  };

  return {
    take: (from, path) => keep(path, (to) => renameSync(from, to)),
    copyIn: (from, path) => keep(path, (to) => moveByCopy(from, to, renames)),
  };
}

/** UTC, `20261121T053312Z`. */
export function formatStamp(atMs: number): string {
  return new Date(atMs)
    .toISOString()
    .replace(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'Z');
}

function tryMkdir(folder: AbsPath): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    if (errnoOf(error) !== 'ENOENT') throw error;
    mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
    return tryMkdir(folder);
  }
}

function moveByCopy(from: AbsPath, to: AbsPath, renames: Renames): void {
  const before = lstatOf(from);
  if (before === undefined) throw Object.assign(new Error(`ENOENT: copy '${from}'`), { code: 'ENOENT' });
  if (isSymlinkMode(before.mode)) symlinkSync(readlinkSync(from), to);
  else if (isFileMode(before.mode)) copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  else throw Object.assign(new Error(`EINVAL: copy '${from}'`), { code: 'EINVAL' });
  renames.setMtime(to, before.mtimeNs);
  if (!isAsExpected(before, lstatOf(from))) {
    unlinkSync(to);
    throw Object.assign(new Error(`EBUSY: copy '${from}'`), { code: 'EBUSY' });
  }
  unlinkSync(from);
}
