/**
 * New files, symlinks and folders at their paths.
 *
 * @module
 */
import { chmodSync, constants, copyFileSync, mkdirSync, renameSync, rmdirSync } from 'node:fs';
import type { AbsPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import type { Stat } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { isAsExpected, isFileMode, isFolderMode, lstatOf } from './disk-stat.ts';
import type { ApplyOutcome } from './outcome.ts';
import { CHANGED, placeNew, placeOver } from './place.ts';
import { problem } from './problem.ts';
import { guarded, noteElsewhere, renamesIn, type Site, taken, touched } from './site.ts';
import { discard, type FileMeta, makeTempFolder, makeTempSymlink, writeTemp } from './stage.ts';

/** How the new thing comes to lie at a temporary path, and where it goes if it was not wanted. */
interface Making {
  readonly make: (temp: AbsPath, beside: boolean) => Stat | undefined;
  readonly unmake: (temp: AbsPath, beside: boolean) => void;
  readonly incoming: Uint8Array | undefined;
}

export interface PutFileMeta extends FileMeta {
  /** The engine's record of the incoming entry, for the intent. */
  readonly incoming?: Uint8Array | undefined;
}

export function putFile(
  site: Site,
  path: RelPath,
  content: Uint8Array | AbsPath,
  meta: PutFileMeta,
  expected: Stat | undefined,
): ApplyOutcome {
  if (typeof content === 'string') return putStaged(site, path, content, meta, expected);
  return put(site, path, expected, {
    make: (temp) => writeTemp(temp, content, meta, site.renames, site.umask),
    unmake: discard,
    incoming: meta.incoming,
  });
}

export function putSymlink(
  site: Site,
  path: RelPath,
  target: string,
  mtimeNs: bigint,
  expected: Stat | undefined,
  incoming?: Uint8Array,
): ApplyOutcome {
  return put(site, path, expected, {
    make: (temp) => makeTempSymlink(temp, target, mtimeNs, site.renames),
    unmake: discard,
    incoming,
  });
}

export function putFolder(
  site: Site,
  path: RelPath,
  mode: number,
  expected: Stat | undefined,
  incoming?: Uint8Array,
): ApplyOutcome {
  if (expected !== undefined && !isFolderMode(expected.mode)) {
    const make = (temp: AbsPath): Stat | undefined => makeTempFolder(temp, mode, site.umask);
    return put(site, path, expected, { make, unmake: discard, incoming });
  }
  return guarded(site, path, (at, parent) => {
    if (expected === undefined) {
      try {
        mkdirSync(at, { mode });
      } catch (error) {
        if (errnoOf(error) === 'EEXIST') return taken(site, path, at);
        if (errnoOf(error) === 'ENOENT') return CHANGED;
        throw error;
      }
    } else if (!isAsExpected(expected, lstatOf(at))) return CHANGED;
    const made = lstatOf(at);
    if (made === undefined || !isFolderMode(made.mode)) return CHANGED;
    touched(site, parent, at);
    if ((made.mode & 0o7777) === mode) return { kind: 'done', stat: made, trashed: undefined };
    chmodSync(at, mode);
    const stat = lstatOf(at);
    return stat?.ino === made.ino ? { kind: 'done', stat, trashed: undefined } : CHANGED;
  });
}

/** The staged file is moved, not copied; unless it ends up at the path, it is back where it was. */
function putStaged(
  site: Site,
  path: RelPath,
  content: AbsPath,
  meta: PutFileMeta,
  expected: Stat | undefined,
): ApplyOutcome {
  const staged = lstatOf(content);
  if (staged === undefined || !isFileMode(staged.mode)) return problem('IO_ERROR', 'the staged content is not there');
  const outcome = put(site, path, expected, {
    make(temp, beside) {
      // Under a name of its own: what the exchange displaces must not lie under the name of a partial, which ages out.
      if (beside) copyFileSync(content, temp, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      else renameSync(content, temp);
      chmodSync(temp, meta.mode);
      site.renames.setMtime(temp, meta.mtimeNs);
      return lstatOf(temp);
    },
    unmake: (temp, beside) => (beside ? discard(temp) : renameSync(temp, content)),
    incoming: meta.incoming,
  });
  if (outcome.kind === 'done' || outcome.kind === 'raced') discard(content);
  return outcome;
}

function put(site: Site, path: RelPath, expected: Stat | undefined, making: Making): ApplyOutcome {
  return guarded(site, path, (at, parent) => {
    // Where nothing should be, placing it says so itself.
    if (expected !== undefined && !isAsExpected(expected, lstatOf(at))) return CHANGED;
    let over = expected;
    if (expected !== undefined && isFolderMode(expected.mode)) {
      if (!removeEmptyFolder(at)) return { kind: 'not-empty' };
      over = undefined;
    }
    const outcome = putReady(site, path, { at, parent, over, making });
    if (outcome.kind === 'done' || outcome.kind === 'raced') touched(site, parent, at);
    return outcome.kind === 'changed' && over === undefined ? taken(site, path, at) : outcome;
  });
}

interface Place {
  readonly at: AbsPath;
  readonly parent: AbsPath;
  readonly over: Stat | undefined;
  readonly making: Making;
}

function putReady(site: Site, path: RelPath, place: Place): ApplyOutcome {
  const { at, parent, over, making } = place;
  const beside = site.elsewhere.has(parent);
  const mine = beside ? site.stage.newPathBeside(parent) : site.stage.newPath();
  const { incoming } = making;
  // Nobody looks for leftovers all over the tree: this one is announced before it is there. Without `expected` it says
  // that what lies there may be torn and was nobody's but ours.
  if (beside) site.intents?.record([{ path, temp: mine, expected: undefined, made: undefined, incoming }]);
  const made = making.make(mine, beside);
  if (made === undefined) return problem('IO_ERROR', 'what was written to the stage is not there');
  const unmake = (): void => {
    // After an exchange a person's file lies here: only what is still ours is taken away.
    if (isAsExpected(made, lstatOf(mine))) making.unmake(mine, beside);
  };
  try {
    const ready = { path, at, mine, made, incoming };
    const tools = beside ? { ...site, renames: renamesIn(site, parent) } : site;
    const outcome = over === undefined ? placeNew(ready, tools) : placeOver(ready, over, tools);
    if (outcome.kind === 'changed') unmake();
    return outcome;
  } catch (error) {
    unmake();
    if (errnoOf(error) !== 'EXDEV' || beside) throw error;
    noteElsewhere(site, parent);
    return putReady(site, path, place);
  }
}

function removeEmptyFolder(at: AbsPath): boolean {
  try {
    rmdirSync(at);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOTEMPTY' || errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}
