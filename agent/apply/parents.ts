/**
 * Whether every folder above a path is a folder, and none a symlink that would lead out of the root.
 *
 * @module
 */
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { parentOf, parentsOf, type RelPath } from '../core/rel-path.ts';
import { isFolderMode, isSymlinkMode, lstatOf } from './disk-stat.ts';

export type ParentsFault = 'missing' | 'symlink' | 'not-folder';

export interface Parents {
  /** Undefined if all are folders. */
  readonly fault: (path: RelPath) => ParentsFault | undefined;
  /** Forgets what was looked at: time has passed in which others could act. */
  readonly forget: () => void;
}

/** How long a look at a folder is good for, should nobody call `forget`. */
const TRUSTED_MS = 50;

export function createParents(root: AbsPath, now: () => number = () => performance.now()): Parents {
  const folders = new Set<RelPath>();
  let until = 0;

  const forget = (): void => {
    folders.clear();
    until = now() + TRUSTED_MS;
  };
  return {
    fault(path) {
      const parent = parentOf(path);
      if (parent === undefined) return undefined;
      if (now() > until) forget();
      if (folders.has(parent)) return undefined;
      for (const folder of parentsOf(path)) {
        if (folders.has(folder)) continue;
        const stat = lstatOf(childPath(root, folder));
        if (stat === undefined) return 'missing';
        if (isSymlinkMode(stat.mode)) return 'symlink';
        if (!isFolderMode(stat.mode)) return 'not-folder';
        folders.add(folder);
      }
      return undefined;
    },
    forget,
  };
}
