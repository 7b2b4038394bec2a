/**
 * Renames that destroy nothing: two paths trade places, or one takes a place only while it is free.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import {
  futimesSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import { isFolderMode, lstatOf } from './disk-stat.ts';
import { BESIDE_PREFIX } from './local-folder.ts';
import { loadNative, type Native, systemError } from './native.ts';

/** Errors are Node-like, with `code`: EEXIST, ENOENT, EXDEV, … */
export interface Renames {
  /** `link`: where the filesystem cannot exchange, the path is absent for some microseconds. */
  readonly method: 'exchange' | 'link';
  /**
   * `mine`, a path nobody else knows, and `at` trade places. Returns undefined once that is done.
   *
   * With `link` something may appear at `at` in between: then it stays there, `mine` keeps what it had, and what was at
   * `at` before is at the path returned.
   */
  readonly exchange: (mine: AbsPath, at: AbsPath) => AbsPath | undefined;
  /** Fails with EEXIST if anything is at `to`. With `link`, `mine` must be a path nobody else knows. */
  readonly rename: (mine: AbsPath, to: AbsPath) => void;
  /** To the nanosecond where koffi loads, else to the microsecond; does not follow a symlink. */
  readonly setMtime: (path: AbsPath, mtimeNs: bigint) => void;
  readonly setMtimeFd: (fd: number, mtimeNs: bigint) => void;
}

/** Suffix of what `link` set aside; recovery knows it. */
export const ASIDE = '.aside';

/**
 * Finds out by doing what the folder's filesystem supports; creates the folder if needed and leaves nothing in it.
 *
 * @param method `link` asks for the fallback
 */
export function probeRenames(folder: AbsPath, { method }: { readonly method?: 'link' } = {}): Renames {
  const native = loadNative();
  if (native !== undefined && method !== 'link' && canExchange(folder, native)) return exchangeRenames(native);
  return linkRenames(native);
}

function canExchange(folder: AbsPath, native: Native): boolean {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const name = `${BESIDE_PREFIX}probe-${randomBytes(6).toString('hex')}`;
  const a = childPath(folder, `${name}-a`);
  const b = childPath(folder, `${name}-b`);
  try {
    writeFileSync(a, 'a');
    writeFileSync(b, 'b');
    // Some network filesystems accept flags that they then ignore: only what happened counts.
    if (native.rename(a, b, 'no-replace') === 0 || readFileSync(b, 'utf8') !== 'b') return false;
    return native.rename(a, b, 'exchange') === 0 && readFileSync(a, 'utf8') === 'b' && readFileSync(b, 'utf8') === 'a';
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  } finally {
    rmSync(a, { force: true });
    rmSync(b, { force: true });
  }
}

function exchangeRenames(native: Native): Renames {
  return {
    method: 'exchange',
    exchange(mine, at) {
      const failed = native.rename(mine, at, 'exchange');
      if (failed !== 0) throw systemError(failed, 'exchange', mine, at);
      return undefined;
    },
    rename(mine, to) {
      const failed = native.rename(mine, to, 'no-replace');
      if (failed !== 0) throw systemError(failed, 'rename', mine, to);
    },
    ...mtimes(native),
  };
}

function linkRenames(native: Native | undefined): Renames {
  return {
    method: 'link',
    exchange(mine, at) {
      const aside = `${mine}${ASIDE}` as AbsPath;
      renameSync(at, aside);
      try {
        placeIfFree(mine, at, { keepMine: true });
      } catch (error) {
        if (errnoOf(error) === 'EEXIST') return aside;
        // The path must not stay empty. If it is taken by now, the content set aside belongs to the caller all the same.
        if (restoreAside(aside, at)) throw error;
        return aside;
      }
      moveOver(aside, mine);
      return undefined;
    },
    rename: (mine, to) => placeIfFree(mine, to, { keepMine: false }),
    ...mtimes(native),
  };
}

/** With `keepMine`, `mine` may stay as a second link; the caller is about to replace it. */
function placeIfFree(mine: AbsPath, to: AbsPath, { keepMine }: { readonly keepMine: boolean }): void {
  const stat = lstatOf(mine);
  // A folder has no second link. Renaming one replaces nothing but an empty folder.
  if (stat !== undefined && isFolderMode(stat.mode)) {
    renameIfFree(mine, to);
    return;
  }
  try {
    linkSync(mine, to);
  } catch (error) {
    // No hard links here (FAT, some shared folders): a free path is looked for, then taken.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errnoOf(error) ?? '')) throw error;
    renameIfFree(mine, to);
    return;
  }
  if (!keepMine) unlinkSync(mine);
}

/** `mine` is by now nothing but a second link. */
function moveOver(aside: AbsPath, mine: AbsPath): void {
  try {
    renameSync(aside, mine);
  } catch (error) {
    if (errnoOf(error) !== 'ENOTDIR') throw error;
    unlinkSync(mine);
    renameSync(aside, mine);
  }
}

function renameIfFree(mine: AbsPath, to: AbsPath): void {
  if (lstatOf(to) !== undefined)
    throw Object.assign(new Error(`EEXIST: rename '${mine}' -> '${to}'`), { code: 'EEXIST' });
  renameSync(mine, to);
}

function restoreAside(aside: AbsPath, at: AbsPath): boolean {
  try {
    placeIfFree(aside, at, { keepMine: false });
    return true;
  } catch {
    return false;
  }
}

function mtimes(native: Native | undefined): Pick<Renames, 'setMtime' | 'setMtimeFd'> {
  if (native === undefined) {
    return {
      setMtime: (path, mtimeNs) => lutimesSync(path, seconds(mtimeNs), seconds(mtimeNs)),
      setMtimeFd: (fd, mtimeNs) => futimesSync(fd, seconds(mtimeNs), seconds(mtimeNs)),
    };
  }
  return {
    setMtime(path, mtimeNs) {
      const failed = native.setMtime(path, mtimeNs);
      if (failed !== 0) throw systemError(failed, 'utimensat', path);
    },
    setMtimeFd(fd, mtimeNs) {
      const failed = native.setMtimeFd(fd, mtimeNs);
      if (failed !== 0) throw systemError(failed, 'futimens', `fd ${fd}`);
    },
  };
}

function seconds(ns: bigint): number {
  return Number(ns / 1000n) / 1e6;
}
