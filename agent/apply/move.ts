/**
 * From one path of the root to another, and from the stage or the trash back to a path; never onto something.
 *
 * @module
 */
import { mkdirSync, renameSync } from 'node:fs';
import type { AbsPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import type { Stat } from '../core/entry.ts';
import { parentsOf, type RelPath } from '../core/rel-path.ts';
import { isAsExpected, lstatOf } from './disk-stat.ts';
import type { ApplyOutcome } from './outcome.ts';
import { CHANGED, intoTrash, isOtherThing, moveToOwn, putBack } from './place.ts';
import { restore } from './remove.ts';
import { guarded, parentPath, renamesIn, type Site, taken, touched } from './site.ts';

export function move(site: Site, from: RelPath, to: RelPath, expected: Stat): ApplyOutcome {
  return guarded(site, from, (at, parent) =>
    guarded(site, to, (target, targetParent) => {
      if (!isAsExpected(expected, lstatOf(at))) return CHANGED;
      const respelled = site.namesFold && isSameName(from, to);
      if (!respelled && lstatOf(target) !== undefined) return taken(site, to, target);
      const outcome = respelled
        ? respell(at, target, expected)
        : renamesIn(site, parent).method === 'exchange'
          ? moveAtOnce(site, { at, parent, target, expected })
          : moveAside(site, { path: from, at, parent, target, expected });
      if (outcome.kind === 'done') {
        touched(site, parent);
        touched(site, targetParent);
      }
      return outcome;
    }),
  );
}

/**
 * Gives a file of ours (a displaced save, a trashed file) a path where nothing is; it keeps mode and mtime. Missing
 * folders above are made.
 */
export function adopt(site: Site, own: AbsPath, to: RelPath): ApplyOutcome {
  for (const folder of parentsOf(to)) {
    const made = guarded(site, folder, (at) => {
      if (lstatOf(at) === undefined) mkdirSync(at);
      touched(site, parentPath(site, folder));
      return CHANGED;
    });
    if (made.kind === 'problem') return made;
  }
  return guarded(site, to, (at, parent) => {
    const stat = lstatOf(own);
    try {
      site.renames.rename(own, at);
    } catch (error) {
      if (isOtherThing(error)) return taken(site, to, at);
      throw error;
    }
    touched(site, parent, at);
    return { kind: 'done', stat, trashed: undefined };
  });
}

interface Moving {
  readonly at: AbsPath;
  readonly parent: AbsPath;
  readonly target: AbsPath;
  readonly expected: Stat;
}

function moveAtOnce(site: Site, { at, parent, target, expected }: Moving): ApplyOutcome {
  try {
    site.renames.rename(at, target);
  } catch (error) {
    if (isOtherThing(error)) return CHANGED;
    throw error;
  }
  const stat = lstatOf(target);
  if (isAsExpected(expected, stat)) return { kind: 'done', stat, trashed: undefined };
  return stat === undefined ? CHANGED : restore(site, target, { at, parent }, stat);
}

/** Without an exclusive rename the file passes through the stage, where nobody saves. */
function moveAside(
  site: Site,
  { path, at, parent, target, expected }: Moving & { readonly path: RelPath },
): ApplyOutcome {
  const own = site.stage.newPath();
  site.intents?.record([{ path, temp: own, expected, made: undefined, incoming: undefined }]);
  try {
    moveToOwn(at, own);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return CHANGED;
    throw error;
  }
  const stat = lstatOf(own);
  if (stat === undefined) return CHANGED;
  if (!isAsExpected(expected, stat)) return restore(site, own, { at, parent }, stat);
  try {
    site.renames.rename(own, target);
  } catch (error) {
    // Both places are taken by newer saves: then the old content is what the trash is for.
    if (!putBack(own, at, site.renames)) intoTrash(own, path, site);
    if (isOtherThing(error)) return CHANGED;
    throw error;
  }
  return { kind: 'done', stat, trashed: undefined };
}

/** To this filesystem both names are one: a plain rename replaces nothing. */
function respell(at: AbsPath, target: AbsPath, expected: Stat): ApplyOutcome {
  renameSync(at, target);
  const stat = lstatOf(target);
  return isAsExpected(expected, stat) ? { kind: 'done', stat, trashed: undefined } : CHANGED;
}

function isSameName(a: RelPath, b: RelPath): boolean {
  return a.normalize('NFC').toLowerCase() === b.normalize('NFC').toLowerCase();
}
