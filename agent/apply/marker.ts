/**
 * The file that says which root a folder is. Without it nothing is taken for deleted: a disk may not be mounted.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs';
import * as z from 'zod';
import type { AbsPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { errnoOf } from '../../platform/failure.ts';
import { ensureLocalFolder, markerPath } from './local-folder.ts';

const markerSchema = z.object({
  rootId: z.string().min(1),
  createdBy: z.string().describe('short name of the host that wrote it'),
  createdAt: z.string().describe('ISO 8601, UTC'),
});
export type Marker = z.infer<typeof markerSchema>;

/** `other`: the folder holds another root, or a marker that says nothing. */
export type MarkerState = 'ok' | 'missing' | 'other' | 'root-missing';

/** Creates `.dsync/local` with stage and trash; throws ENOENT where the root itself is missing. */
export function writeMarker(root: AbsPath, marker: Marker): void {
  ensureLocalFolder(root);
  writeFileAtomic(markerPath(root), `${JSON.stringify(markerSchema.parse(marker), undefined, 2)}\n`);
}

/** Returns undefined where there is none, or none that can be understood. */
export function readMarker(root: AbsPath): Marker | undefined {
  const text = readText(markerPath(root));
  return text === undefined ? undefined : parseMarker(text);
}

export function checkMarker(root: AbsPath, rootId: string): MarkerState {
  if (!isFolder(root)) return 'root-missing';
  const text = readText(markerPath(root));
  if (text === undefined) return 'missing';
  return parseMarker(text)?.rootId === rootId ? 'ok' : 'other';
}

function parseMarker(text: string): Marker | undefined {
  try {
    return markerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function readText(path: AbsPath): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Followed if it is a symlink: a root may be given by one. */
function isFolder(root: AbsPath): boolean {
  return statSync(root, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
