/**
 * Places that mean the same on every host: inside a root, inside the home, or a plain path. Pure.
 *
 * @module
 */
import { posix } from 'node:path';
import type { PathRef } from './schema.ts';

export interface Places {
  readonly home: string;
  /** Where roots lie on this host. */
  readonly roots: readonly { readonly id: string; readonly path: string }[];
  /** Folders that lie elsewhere than there, as the user says; they come before all else. */
  readonly pathMap?: readonly { readonly from: string; readonly to: string }[];
}

/** The innermost root that holds it, else the home, else the path as it is. */
export function refOfPath(path: string, { home, roots }: Places): PathRef {
  const [root] = roots
    .filter((one) => insideOf(path, one.path) !== undefined)
    .sort((a, b) => b.path.length - a.path.length);
  if (root !== undefined) return { root: root.id, rel: insideOf(path, root.path) ?? '' };
  const inHome = insideOf(path, home);
  return inHome === undefined ? { abs: path } : { home: inHome };
}

/** Undefined for a place inside a root that this host has not. */
export function pathOfRef(ref: PathRef, { home, roots }: Places): string | undefined {
  if ('abs' in ref) return ref.abs;
  if ('home' in ref) return joined(home, ref.home);
  const root = roots.find(({ id }) => id === ref.root);
  return root === undefined ? undefined : joined(root.path, ref.rel);
}

/** As a person reads it. */
export function showRef(ref: PathRef, roots: readonly { readonly id: string; readonly name: string }[]): string {
  if ('abs' in ref) return ref.abs;
  if ('home' in ref) return ref.home === '' ? '~' : `~/${ref.home}`;
  const name = roots.find(({ id }) => id === ref.root)?.name ?? ref.root;
  return ref.rel === '' ? `${name}:` : `${name}:${ref.rel}`;
}

/**
 * Text with its absolute paths into roots and the home as templates. A path counts where a word, the value of an option
 * or an entry of a list begins with it: never in the midst of text.
 */
export function templateOf(text: string, { home, roots }: Places): string {
  const escaped = text.replaceAll('${', () => '$${');
  const folders = [...roots.map(({ id, path }) => ({ path, as: `\${root:${id}}` })), { path: home, as: '${home}' }]
    .filter(({ path }) => path.length > 1)
    .sort((a, b) => b.path.length - a.path.length);
  return folders.reduce(
    (now, { path, as }) =>
      now.replace(
        new RegExp(`(^|[\\s='":,;(])${escapeRegExp(path)}(?=$|[/\\s'":,;)])`, 'g'),
        (_, before: string) => before + as,
      ),
    escaped,
  );
}

/** @returns `missing` ids of roots that this host has not; their templates stay as they are */
export function textOf(template: string, { home, roots }: Places): { text: string; missing: string[] } {
  const missing: string[] = [];
  const text = template.replace(/\$\$\{|\$\{home\}|\$\{root:([^}]*)\}/g, (found, id: string | undefined) => {
    if (found === '$${') return '${';
    if (found === '${home}') return home;
    const root = roots.find((one) => one.id === id);
    if (root === undefined) missing.push(id ?? '');
    return root?.path ?? found;
  });
  return { text, missing };
}

/** As {@link Places} has it mapped; the path itself where nothing fits. */
export function mappedPath(path: string, pathMap: Places['pathMap'] = []): string {
  for (const { from, to } of pathMap) {
    const inside = insideOf(path, from);
    if (inside !== undefined) return joined(to, inside);
  }
  return path;
}

/** The part below the folder, empty for the folder itself; undefined for what lies elsewhere. */
export function insideOf(path: string, folder: string): string | undefined {
  if (path === folder) return '';
  const base = folder.endsWith('/') ? folder : `${folder}/`;
  return path.startsWith(base) ? path.slice(base.length) : undefined;
}

function joined(folder: string, below: string): string {
  return below === '' ? folder : posix.join(folder, below);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
