/**
 * A new folder with the files in it, made in the stage and put at its path by one rename: a folder costs what a file would.
 *
 * All or nothing, and nothing wherever it is not the plain case: whoever asks puts one after the other then, and is told
 * what is wrong with which.
 *
 * @module
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import type { Stat } from '../core/entry.ts';
import { nameOf, type RelPath } from '../core/rel-path.ts';
import { lstatOf } from './disk-stat.ts';
import { isLocalPath } from './local-folder.ts';
import { parentPath, type Site, touched } from './site.ts';
import { type FileMeta, removeWhole, writeTemp } from './stage.ts';

export interface NewFile {
  /** Right below the folder. */
  readonly path: RelPath;
  readonly content: Uint8Array;
  readonly meta: FileMeta;
}

export interface WholeFolder {
  readonly path: RelPath;
  /** Permission bits. */
  readonly mode: number;
  /** The engine's record of the incoming entries, for the intent. */
  readonly incoming: Uint8Array;
  readonly files: readonly NewFile[];
}

export interface WholePut {
  readonly stat: Stat;
  /** Of the files, in their order. */
  readonly stats: readonly Stat[];
}

/**
 * Nothing may be at the path.
 *
 * @param onStaged called with where the folder lies, complete, before it is at its path: who watches it from then on
 * misses nothing
 * @returns undefined where nothing was done
 */
export type PutWhole = (folder: WholeFolder, onStaged: (staged: AbsPath) => void) => WholePut | undefined;

/** The owner may do all with it: otherwise it is opened for the moment, as each that is put alone. */
const OWNERS_ALL = 0o700;
/** What is said of one path, or of this moment: it says nothing of the next folder. */
const OF_THE_MOMENT = new Set(['EEXIST', 'ENOTEMPTY', 'ENOENT', 'ENOSPC', 'EDQUOT', 'EACCES', 'ENAMETOOLONG']);

export function createPutWhole(site: Site): PutWhole {
  /** This filesystem does not take it. */
  let refused = false;

  const make = (staged: AbsPath, { mode, files }: WholeFolder): WholePut | undefined => {
    const stats: Stat[] = [];
    for (const { path, content, meta } of files)
      stats.push(writeTemp(childPath(staged, nameOf(path)), content, meta, site.renames, site.umask));
    if ((mode & (site.umask | 0o7000)) !== 0) chmodSync(staged, mode);
    const stat = lstatOf(staged);
    return stat === undefined || (stat.mode & 0o7777) !== mode ? undefined : { stat, stats };
  };

  return (folder, onStaged) => {
    const { path, mode, files } = folder;
    const parent = parentPath(site, path);
    if (refused || (mode & OWNERS_ALL) !== OWNERS_ALL || site.elsewhere.has(parent)) return undefined;
    if (isLocalPath(path) || files.some((file) => isLocalPath(file.path))) return undefined;
    const at = childPath(site.root, path);
    let staged: AbsPath | undefined;
    try {
      if (site.parents.fault(path) !== undefined || lstatOf(at) !== undefined) return undefined;
      staged = site.stage.newWholePath();
      mkdirSync(staged, { mode });
      const made = make(staged, folder);
      if (made === undefined) {
        removeWhole(staged);
        return undefined;
      }
      onStaged(staged);
      site.intents?.record([{ path, temp: staged, expected: undefined, made: made.stat, incoming: folder.incoming }]);
      site.renames.rename(staged, at);
      touched(site, parent, at);
      for (const file of files) touched(site, at, childPath(at, nameOf(file.path)));
      return made;
    } catch (error) {
      if (staged !== undefined) removeWhole(staged);
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      refused ||= !OF_THE_MOMENT.has(errno);
      return undefined;
    }
  };
}
