/**
 * Deletes: a file goes into the trash first and is looked at there; a folder goes only when empty.
 *
 * @module
 */
import { rmdirSync } from 'node:fs';
import type { AbsPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import type { Stat } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { isAsExpected, isFolderMode, lstatOf } from './disk-stat.ts';
import type { ApplyOutcome } from './outcome.ts';
import { CHANGED, intoTrash, moveToOwn, putBack } from './place.ts';
import { guarded, noteElsewhere, renamesIn, type Site, touched } from './site.ts';

export function remove(site: Site, path: RelPath, expected: Stat): ApplyOutcome {
  return guarded(site, path, (at, parent) => {
    if (!isAsExpected(expected, lstatOf(at))) return CHANGED;
    const outcome = isFolderMode(expected.mode) ? removeFolder(at) : removeFile(site, { path, at, parent, expected });
    if (outcome.kind === 'done') touched(site, parent);
    return outcome;
  });
}

function removeFolder(at: AbsPath): ApplyOutcome {
  try {
    rmdirSync(at);
  } catch (error) {
    switch (errnoOf(error)) {
      case 'ENOTEMPTY':
      case 'EEXIST':
        return { kind: 'not-empty' };
      case 'ENOENT':
      case 'ENOTDIR':
        return CHANGED;
      default:
        throw error;
    }
  }
  return { kind: 'done', stat: undefined, trashed: undefined };
}

interface Removal {
  readonly path: RelPath;
  readonly at: AbsPath;
  readonly parent: AbsPath;
  readonly expected: Stat;
}

function removeFile(site: Site, { path, at, parent, expected }: Removal): ApplyOutcome {
  let taken: AbsPath;
  try {
    taken = takeAway(site, path, at, parent);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return CHANGED;
    throw error;
  }
  const stat = lstatOf(taken);
  if (stat === undefined) return CHANGED;
  if (!isAsExpected(expected, stat)) return restore(site, taken, { at, parent }, stat);
  const trashed = site.elsewhere.has(parent) ? intoTrash(taken, path, site) : taken;
  site.late.watch(path, trashed, lstatOf(trashed) ?? stat);
  return { kind: 'done', stat: undefined, trashed };
}

/** On another filesystem the trash is out of reach of a rename: there it is set aside beside the path at first. */
function takeAway(site: Site, path: RelPath, at: AbsPath, parent: AbsPath): AbsPath {
  if (!site.elsewhere.has(parent)) {
    try {
      return site.trash.take(at, path);
    } catch (error) {
      if (errnoOf(error) !== 'EXDEV') throw error;
      noteElsewhere(site, parent);
    }
  }
  const beside = site.stage.newPathBeside(parent);
  site.intents?.record([{ path, temp: beside, expected: lstatOf(at), made: undefined, incoming: undefined }]);
  moveToOwn(at, beside);
  return beside;
}

interface Origin {
  readonly at: AbsPath;
  readonly parent: AbsPath;
}

/** A save came in before we took the file away, so it was the save that we took. */
export function restore(site: Site, taken: AbsPath, { at, parent }: Origin, displacedStat: Stat): ApplyOutcome {
  if (putBack(taken, at, renamesIn(site, parent))) return CHANGED;
  const displaced = site.stage.newPath();
  try {
    moveToOwn(taken, displaced);
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error;
    return { kind: 'raced', stat: lstatOf(at), displaced: taken, displacedStat };
  }
  return { kind: 'raced', stat: lstatOf(at), displaced, displacedStat };
}
