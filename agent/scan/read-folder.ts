/**
 * The names in one folder, in the order of the index.
 *
 * @module
 */
import { type Dirent, readdirSync } from 'node:fs';
import type { AbsPath } from '../../platform/abs-path.ts';
import { MAX_NAME_BYTES } from '../core/rel-path.ts';
import type { DiskProblem } from './disk-problem.ts';
import type { DiskKind } from './lstat.ts';

export interface FolderEntry {
  readonly name: string;
  /** As the folder says it; what lstat says later may differ. */
  readonly kind: DiskKind;
}

/** A name that no path in a root can hold. */
export interface NameProblem extends DiskProblem {
  /** For people: bytes that are no UTF-8 stand as `\xff`. */
  readonly shownName: string;
}

export interface FolderListing {
  /** By the bytes of their names, so that a depth-first walk meets paths in the order of `compareRelPaths`. */
  readonly entries: readonly FolderEntry[];
  readonly problems: readonly NameProblem[];
}

const WITH_TYPES = { withFileTypes: true, encoding: 'utf8' } as const;
const NO_PROBLEMS: readonly NameProblem[] = [];

/** @throws the system's error: ENOENT and ENOTDIR where the folder is gone, EACCES where it may not be read */
export function readFolder(folder: AbsPath): FolderListing {
  const entries: FolderEntry[] = [];
  let problems: NameProblem[] | undefined;
  let plain = true;
  for (const dirent of readdirSync(folder, WITH_TYPES)) {
    const name = dirent.name;
    if (name.includes('\uFFFD')) {
      problems ??= unreadableNames(folder);
      continue;
    }
    if (name.length > 63 && Buffer.byteLength(name) > MAX_NAME_BYTES) {
      problems = [...(problems ?? []), tooLong(name)];
      continue;
    }
    plain &&= isBelowSurrogates(name);
    entries.push({ name, kind: kindOf(dirent) });
  }
  entries.sort(plain ? byCodeUnits : byBytes);
  return { entries, problems: problems ?? NO_PROBLEMS };
}

function kindOf(dirent: Dirent): DiskKind {
  if (dirent.isFile()) return 'file';
  if (dirent.isDirectory()) return 'folder';
  return dirent.isSymbolicLink() ? 'symlink' : 'special';
}

/** Order by UTF-16 units is order by UTF-8 bytes as long as no surrogate stands against a unit above them. */
function isBelowSurrogates(name: string): boolean {
  for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) >= 0xd800) return false;
  return true;
}

function byCodeUnits(a: FolderEntry, b: FolderEntry): number {
  return a.name < b.name ? -1 : 1;
}

function byBytes(a: FolderEntry, b: FolderEntry): number {
  return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
}

function unreadableNames(folder: AbsPath): NameProblem[] {
  const problems: NameProblem[] = [];
  for (const bytes of readdirSync(folder, { encoding: 'buffer' })) {
    if (!bytes.toString('utf8').includes('\uFFFD')) continue;
    problems.push({
      shownName: showBytes(bytes),
      code: 'NAME_INVALID',
      cause: 'The name is not valid UTF-8',
      cure: 'Rename it (convmv -f latin1 -t utf8 --notest FILE), or leave it on this host alone',
    });
  }
  return problems;
}

function tooLong(name: string): NameProblem {
  return {
    shownName: name,
    code: 'NAME_TOO_LONG',
    cause: `The name is longer than ${MAX_NAME_BYTES} bytes, the limit of most filesystems`,
    cure: 'Shorten the name',
  };
}

/** @internal */
export function showBytes(bytes: Uint8Array): string {
  let text = '';
  let rest = Buffer.from(bytes);
  while (rest.length > 0) {
    const decoded = rest.toString('utf8');
    const bad = decoded.indexOf('\uFFFD');
    if (bad < 0) return text + decoded;
    const good = decoded.slice(0, bad);
    const at = Buffer.byteLength(good);
    const byte = rest[at] ?? 0;
    text += `${good}\\x${byte.toString(16).padStart(2, '0')}`;
    rest = rest.subarray(at + 1);
  }
  return text;
}
