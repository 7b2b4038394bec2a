/**
 * What the trash holds.
 *
 * @module
 */
import { readdirSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import { parseRelPath, type RelPath } from '../core/rel-path.ts';
import { isFolderMode, lstatOf } from './disk-stat.ts';
import { trashFolder } from './local-folder.ts';

export interface TrashedFile {
  /** Where it was; below `recovered/` for what a crash left behind and nobody knew. */
  readonly path: RelPath;
  /** UTC, `20261121T053312Z`; may be some seconds early. */
  readonly trashedAt: string;
  readonly stored: AbsPath;
  readonly sizeBytes: number;
}

export interface TrashBatch {
  readonly trashedAt: string;
  readonly folder: AbsPath;
}

/**
 * Newest first; files and symlinks, never followed.
 *
 * @param path that file alone, or all below that folder
 */
export function* listTrash(root: AbsPath, path?: RelPath): Generator<TrashedFile> {
  for (const { folder, trashedAt } of listBatches(root).reverse()) {
    if (path === undefined) yield* filesBelow(folder, '', trashedAt);
    else yield* filesAt(folder, path, trashedAt);
  }
}

/** The newest of that path, or the newest trashed at `trashedAt`; undefined if there is none. */
export function findTrashed(root: AbsPath, path: RelPath, trashedAt?: string): TrashedFile | undefined {
  for (const file of listTrash(root, path)) {
    if (file.path === path && (trashedAt === undefined || file.trashedAt === trashedAt)) return file;
  }
  return undefined;
}

/** Oldest first. */
export function listBatches(root: AbsPath): TrashBatch[] {
  const batches: (TrashBatch & { readonly nth: number })[] = [];
  for (const name of namesIn(trashFolder(root))) {
    const [, trashedAt, nth] = /^(\d{8}T\d{6}Z)(?:~(\d+))?$/.exec(name) ?? [];
    if (trashedAt === undefined) continue;
    batches.push({ trashedAt, nth: Number(nth ?? 1), folder: childPath(trashFolder(root), name) });
  }
  return batches.sort((a, b) => (a.trashedAt === b.trashedAt ? a.nth - b.nth : a.trashedAt < b.trashedAt ? -1 : 1));
}

function* filesBelow(folder: AbsPath, below: string, trashedAt: string): Generator<TrashedFile> {
  for (const name of namesIn(below === '' ? folder : childPath(folder, below))) {
    yield* filesAt(folder, below === '' ? name : `${below}/${name}`, trashedAt);
  }
}

function* filesAt(folder: AbsPath, below: string, trashedAt: string): Generator<TrashedFile> {
  const path = parseRelPath(below);
  const stored = childPath(folder, below);
  const stat = lstatOf(stored);
  if (path === undefined || stat === undefined) return;
  if (isFolderMode(stat.mode)) yield* filesBelow(folder, below, trashedAt);
  else yield { path, trashedAt, stored, sizeBytes: stat.sizeBytes };
}

function namesIn(folder: AbsPath): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}
