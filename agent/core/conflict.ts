/**
 * Two concurrent contents at one path: which one stays, and where the other is kept. Computed from the two entries
 * alone, so that every host ends alike.
 *
 * @module
 */
import type { Entry } from './entry.ts';
import { MAX_NAME_BYTES, nameOf, parentOf, type RelPath } from './rel-path.ts';

/** Synced like any folder, so that a conflict copy reaches every host the usual way. */
export const CONFLICTS_FOLDER = '.dsync/conflicts' as RelPath;

/**
 * The entry that stays at the path: a folder before anything else, then the later mtime, then the larger hash, then
 * the larger mode or target. Two folders differ in mode only and leave no loser worth a copy.
 */
export function conflictWinner<T extends Entry>(a: T, b: T): T {
  if ((a.kind === 'folder') !== (b.kind === 'folder')) return a.kind === 'folder' ? a : b;
  if (a.kind !== 'folder' && a.mtimeNs !== b.mtimeNs) return a.mtimeNs > b.mtimeNs ? a : b;
  if (a.hash !== b.hash) return a.hash > b.hash ? a : b;
  if (a.kind !== b.kind) return a.kind > b.kind ? a : b;
  if (a.mode !== b.mode) return a.mode > b.mode ? a : b;
  return a.target > b.target ? a : b;
}

/** False where the contents differ in nothing but mode bits: the loser's bytes are the winner's. */
export function needsCopy(winner: Entry, loser: Entry): boolean {
  return loser.kind !== 'folder' && (loser.kind !== winner.kind || loser.hash !== winner.hash);
}

/**
 * Where the losing content is kept: `.dsync/conflicts/<path>.sync-conflict-<UTC mtime>-<host>-<hash8>`.
 *
 * The hash keeps two conflicts within one second apart. A name too long for a filesystem is cut before the suffix.
 */
export function conflictPath(loser: Entry): RelPath {
  const at = new Date(Number(loser.mtimeNs / 1_000_000n))
    .toISOString()
    .replace(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'Z');
  const hash8 = loser.hash
    .replace(/[^A-Za-z0-9]/g, '0')
    .slice(0, 8)
    .padEnd(8, '0');
  const suffix = `.sync-conflict-${at}-${authorName(loser.author)}-${hash8}`;
  const folder = isConflictCopy(loser.path) ? parentOf(loser.path) : joinFolder(parentOf(loser.path));
  return `${folder}/${cutBytes(nameOf(loser.path), MAX_NAME_BYTES - suffix.length)}${suffix}` as RelPath;
}

export function isConflictCopy(path: RelPath): boolean {
  return path.startsWith(`${CONFLICTS_FOLDER}/`);
}

/** What a conflict copy's name says; undefined for a name that is none. `original` may have lost its end if it was long. */
export function parseConflictPath(
  path: RelPath,
): { readonly original: RelPath; readonly at: string; readonly author: string; readonly hash8: string } | undefined {
  if (!isConflictCopy(path)) return undefined;
  const match = /^(.+)\.sync-conflict-(\d{8}T\d{6}Z)-([A-Za-z0-9_.-]+)-([A-Za-z0-9]{8})$/su.exec(
    path.slice(CONFLICTS_FOLDER.length + 1),
  );
  const [, original, at, author, hash8] = match ?? [];
  if (original === undefined || at === undefined || author === undefined || hash8 === undefined) return undefined;
  return { original: original as RelPath, at, author, hash8 };
}

function joinFolder(parent: RelPath | undefined): string {
  return parent === undefined ? CONFLICTS_FOLDER : `${CONFLICTS_FOLDER}/${parent}`;
}

/** The host's name in an entry's author. */
export function authorName(author: string): string {
  const name = author.split('/', 1)[0] ?? '';
  return name.replace(/[^A-Za-z0-9_.-]/g, '-').slice(0, 40) || 'unknown';
}

function cutBytes(text: string, maxBytes: number): string {
  let cut = text;
  while (Buffer.byteLength(cut) > maxBytes) cut = [...cut].slice(0, -1).join('');
  return cut;
}
