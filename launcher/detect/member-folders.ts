/**
 * Folders inside a project that are projects of their own.
 *
 * @module
 */
import { readdirSync } from 'node:fs';
import { isPruned, markOf } from '../core/markers.ts';
import type { ProjectFiles } from './project-files.ts';

/** Deeper ones belong to one of these. */
const NESTED_DEPTH = 2;
const MAX_MEMBERS = 500;

/** What a manifest's patterns name, sorted; only folders with a manifest of their own. */
export async function expandMembers(files: ProjectFiles, patterns: readonly string[]): Promise<string[]> {
  const plain = patterns.map((pattern) => pattern.replace(/^(!?)(\.\/)?/, '$1').replace(/\/+$/, '')).filter(isInside);
  const wanted = plain.filter((pattern) => !pattern.startsWith('!'));
  const unwanted = plain.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  const isPattern = (text: string): boolean => /[*?[\]{}()!]/.test(text);
  const globbed = wanted.filter(isPattern);
  const found = wanted.filter((text) => !isPattern(text));
  if (globbed.length > 0) {
    const { default: glob } = await import('fast-glob');
    found.push(
      ...(await glob(globbed, {
        cwd: files.path,
        onlyDirectories: true,
        followSymbolicLinks: false,
        suppressErrors: true,
        deep: 6,
        ignore: ['**/node_modules/**', '**/.*/**', '**/target/**', ...unwanted, ...unwanted.map((one) => `${one}/**`)],
      })),
    );
  }
  const folders = [...new Set(found)].filter((folder) => hasManifest(`${files.path}/${folder}`));
  return folders.sort().slice(0, MAX_MEMBERS);
}

/** For a repository without a manifest at its top: the manifests below, `frontend`, `services/api`. */
export function nestedMembers(files: ProjectFiles): string[] {
  const found: string[] = [];
  const look = (folder: string, depth: number): void => {
    for (const entry of entriesOf(`${files.path}/${folder}`)) {
      if (!entry.isDirectory() || isPruned(entry.name)) continue;
      const below = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (hasManifest(`${files.path}/${below}`)) found.push(below);
      else if (depth < NESTED_DEPTH) look(below, depth + 1);
    }
  };
  look('', 1);
  return found.sort().slice(0, MAX_MEMBERS);
}

function hasManifest(folder: string): boolean {
  return entriesOf(folder).some(({ name }) => markOf(name) === 'manifest');
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** A pattern that leads out of the project is not followed. */
function isInside(pattern: string): boolean {
  return pattern !== '' && pattern !== '.' && !/^!?\//.test(pattern) && !pattern.split('/').includes('..');
}
