/**
 * What all that touches a path in the root has in common.
 *
 * @module
 */
import { chmodSync, lstatSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import { parentOf, type RelPath } from '../core/rel-path.ts';
import { nameClash } from './clash.ts';
import type { Durability } from './durability.ts';
import { probeRenames, type Renames } from './exchange.ts';
import { isLocalPath } from './local-folder.ts';
import type { ApplyOutcome } from './outcome.ts';
import type { Parents } from './parents.ts';
import { CHANGED, type PlaceTools } from './place.ts';
import { problem, problemOfError } from './problem.ts';
import type { Stage } from './stage.ts';

export interface Site extends PlaceTools {
  readonly root: AbsPath;
  readonly stage: Stage;
  readonly parents: Parents;
  readonly durability: Durability;
  /** The filesystem takes names that differ in case or composition for one. */
  readonly namesFold: boolean;
  readonly umask: number;
  /** Folders on another filesystem than the stage, as far as that was found out, and how renaming is done there. */
  readonly elsewhere: Map<AbsPath, Renames>;
}

/** Runs `act` if the path may be touched; turns what the system refuses into a problem. */
export function guarded(site: Site, path: RelPath, act: (at: AbsPath, parent: AbsPath) => ApplyOutcome): ApplyOutcome {
  if (isLocalPath(path)) return problem('NAME_INVALID', 'the name is reserved for dsync on each host');
  try {
    switch (site.parents.fault(path)) {
      case 'missing':
        return CHANGED;
      case 'symlink':
        return problem('SYMLINK_PARENT');
      case 'not-folder':
        return problem('PARENT_NOT_FOLDER');
      case undefined:
        return withWritableParent(parentPath(site, path), (parent) => act(childPath(site.root, path), parent));
    }
  } catch (error) {
    const outcome = problemOfError(error);
    if (outcome === undefined) throw error;
    return outcome;
  }
}

/** A folder that its owner may not write to (0o555) is synced like any: it is opened for the moment. */
function withWritableParent(parent: AbsPath, act: (parent: AbsPath) => ApplyOutcome): ApplyOutcome {
  try {
    return act(parent);
  } catch (error) {
    if (errnoOf(error) !== 'EACCES') throw error;
    const stats = lstatSync(parent);
    if (!stats.isDirectory() || stats.uid !== process.geteuid?.() || (stats.mode & 0o300) === 0o300) throw error;
    chmodSync(parent, (stats.mode & 0o7777) | 0o300);
    try {
      return act(parent);
    } finally {
      chmodSync(parent, stats.mode & 0o7777);
    }
  }
}

/** For a path where nothing should be and something is: the same name spelled otherwise is a problem, all else a change. */
export function taken(site: Site, path: RelPath, at: AbsPath): ApplyOutcome {
  return (site.namesFold ? nameClash(path, at) : undefined) ?? CHANGED;
}

/** To be called on EXDEV: finds out what that folder's filesystem can do. */
export function noteElsewhere(site: Site, parent: AbsPath): void {
  site.elsewhere.set(parent, site.renames.method === 'link' ? site.renames : probeRenames(parent));
}

export function renamesIn(site: Site, parent: AbsPath): Renames {
  return site.elsewhere.get(parent) ?? site.renames;
}

export function parentPath({ root }: Pick<Site, 'root'>, path: RelPath): AbsPath {
  const parent = parentOf(path);
  return parent === undefined ? root : childPath(root, parent);
}

export function touched({ durability, elsewhere }: Site, parent: AbsPath, at?: AbsPath): void {
  durability.touched(parent, at, elsewhere.has(parent));
}
