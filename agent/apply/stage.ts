/**
 * Where content waits, complete and verified, before it is applied: `.dsync/local/stage/`.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { ContentHash, Stat } from '../core/entry.ts';
import { isFolderMode, lstatOf, toStat } from './disk-stat.ts';
import type { Renames } from './exchange.ts';
import { BESIDE_PREFIX, PARTIAL_PREFIX, stageFolder, WHOLE_PREFIX } from './local-folder.ts';

export interface Stage {
  /** A path in the stage that nobody else uses. */
  readonly newPath: () => AbsPath;
  /** For a new folder with what is in it: {@link removeWhole} takes it away. */
  readonly newWholePath: () => AbsPath;
  /** A path in the given folder, for where the stage is on another filesystem. */
  readonly newPathBeside: (folder: AbsPath) => AbsPath;
  /** Where content of that hash collects over several tries; kept for a day. */
  readonly partial: (hash: ContentHash) => AbsPath;
  /** Removes what is left of content whose names have this ending, and maybe more. */
  readonly dropPartials: (ending: string) => void;
}

export interface FileMeta {
  /** Permission bits. */
  readonly mode: number;
  readonly mtimeNs: bigint;
}

export function createStage(root: AbsPath): Stage {
  const folder = stageFolder(root);
  const life = randomBytes(6).toString('hex');
  let count = 0;
  const name = (): string => `${life}-${(count++).toString(36)}`;
  return {
    newPath: () => childPath(folder, `in-${name()}`),
    newWholePath: () => childPath(folder, `${WHOLE_PREFIX}${name()}`),
    newPathBeside: (beside) => childPath(beside, `${BESIDE_PREFIX}${name()}`),
    partial: (hash) => childPath(folder, `${PARTIAL_PREFIX}${hash.replace(/[^A-Za-z0-9_-]/g, '_')}`),
    dropPartials(ending) {
      for (const left of readdirSync(folder)) {
        if (left.startsWith(PARTIAL_PREFIX) && left.includes(`-${ending}`))
          rmSync(childPath(folder, left), { recursive: true, force: true });
      }
    },
  };
}

/** Writes a file whole, with mode and mtime; leaves nothing if that fails. */
export function writeTemp(
  temp: AbsPath,
  content: Uint8Array,
  { mode, mtimeNs }: FileMeta,
  renames: Renames,
  umask: number,
): Stat {
  const fd = openSync(temp, 'wx', mode);
  try {
    for (let at = 0; at < content.length; ) at += writeSync(fd, content, at);
    // The umask took bits away, and writing takes setuid and setgid.
    if ((mode & (umask | 0o7000)) !== 0) fchmodSync(fd, mode);
    renames.setMtimeFd(fd, mtimeNs);
    // What is seen by the descriptor is ours for sure; once it has its name, a save may take its place.
    return toStat(fstatSync(fd, { bigint: true }));
  } catch (error) {
    discard(temp);
    throw error;
  } finally {
    closeSync(fd);
  }
}

export function makeTempFolder(temp: AbsPath, mode: number, umask: number): Stat | undefined {
  mkdirSync(temp, { mode });
  if ((mode & (umask | 0o7000)) !== 0) chmodSync(temp, mode);
  return lstatOf(temp);
}

export function makeTempSymlink(temp: AbsPath, target: string, mtimeNs: bigint, renames: Renames): Stat | undefined {
  symlinkSync(target, temp);
  renames.setMtime(temp, mtimeNs);
  return lstatOf(temp);
}

/** For what is ours alone and can be made again; an empty folder goes, a full one stays. Never throws. */
export function discard(temp: AbsPath): void {
  try {
    const stat = lstatOf(temp);
    if (stat === undefined) return;
    if (isFolderMode(stat.mode)) rmdirSync(temp);
    else unlinkSync(temp);
  } catch {
    // It stays in the stage; recovery finds it at the next start.
  }
}

/** A new folder that did not get to its path: nobody has seen it, and all in it can be had again. Never throws. */
export function removeWhole(staged: AbsPath): void {
  try {
    rmSync(staged, { recursive: true, force: true });
  } catch {
    // It stays in the stage; recovery finds it at the next start.
  }
}
