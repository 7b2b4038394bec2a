/**
 * `<root>/.dsync/local/`: this host's alone and never synced. Marker, stage and trash lie here, on the root's filesystem.
 *
 * @module
 */
import { mkdirSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { RelPath } from '../core/rel-path.ts';

export const LOCAL_FOLDER = '.dsync/local' as RelPath;

/** Names of what is written beside its path, where the stage is on another filesystem; never synced. */
export const BESIDE_PREFIX = '.dsync-tmp-';

/** Names of resumable partials in the stage. */
export const PARTIAL_PREFIX = 'part-';

/** Names of new folders in the stage: nothing but what came in ever lies there. */
export const WHOLE_PREFIX = 'whole-';

export function stageFolder(root: AbsPath): AbsPath {
  return childPath(root, `${LOCAL_FOLDER}/stage`);
}

export function trashFolder(root: AbsPath): AbsPath {
  return childPath(root, `${LOCAL_FOLDER}/trash`);
}

export function markerPath(root: AbsPath): AbsPath {
  return childPath(root, `${LOCAL_FOLDER}/root.json`);
}

/** The root itself must exist: an unmounted one is never made anew. */
export function ensureLocalFolder(root: AbsPath): void {
  for (const [below, mode] of [
    ['.dsync', 0o755],
    [LOCAL_FOLDER, 0o700],
    [`${LOCAL_FOLDER}/stage`, 0o700],
    [`${LOCAL_FOLDER}/trash`, 0o700],
  ] as const) {
    mkdirIfMissing(childPath(root, below), mode);
  }
}

/** Whether a path is this host's own, also where the filesystem does not tell cases apart. */
export function isLocalPath(path: RelPath): boolean {
  if (path.charCodeAt(0) !== 46 || path.length < LOCAL_FOLDER.length) return false;
  const head = path.slice(0, LOCAL_FOLDER.length + 1).toLowerCase();
  return head === LOCAL_FOLDER || head === `${LOCAL_FOLDER}/`;
}

function mkdirIfMissing(folder: AbsPath, mode: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
