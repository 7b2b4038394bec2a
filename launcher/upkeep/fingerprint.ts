/**
 * Whether a project's own files are as they were, by a few `stat`s.
 *
 * @module
 */
import { statSync } from 'node:fs';
import { markOf } from '../core/markers.ts';

/** Mtime by name; `.` is the folder itself. */
export type Fingerprint = Readonly<Record<string, number>>;

/** The same while nothing that tells of the project has changed; undefined where the folder is gone. */
export function fingerprint(path: string, names: readonly string[]): Fingerprint | undefined {
  const folder = mtimeOf(path);
  if (folder === undefined) return undefined;
  // Each git command touches .git, and tells nothing of how the project is started.
  const marks = names.filter((name) => name === '.dsync.json' || ['manifest', 'runner'].includes(markOf(name) ?? ''));
  return Object.fromEntries([['.', folder], ...marks.map((name) => [name, mtimeOf(`${path}/${name}`) ?? 0])]);
}

export function isUnchanged(path: string, before: Fingerprint): boolean {
  return Object.entries(before).every(
    ([name, mtimeMs]) => (mtimeOf(name === '.' ? path : `${path}/${name}`) ?? 0) === mtimeMs,
  );
}

export function mtimeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
