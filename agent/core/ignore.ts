/**
 * Which paths stay out of the index: gitignore rules from several places, weakest first: the defaults, `.rsync-exclude`,
 * `.stignore`, the settings, then `.gitignore` and `.dsyncignore` from the root downwards.
 *
 * Most names match no rule at all; a cheap test that is never wrong about that goes first, because this is asked for
 * every event and every name of a walk.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { CONFLICTS_FOLDER } from './conflict.ts';
import { compareIgnoreSources, type IgnoreFault, type IgnoreSource } from './ignore-files.ts';
import { createIgnoreLayer, type IgnoreLayer } from './ignore-layer.ts';
import { compileIgnoreSource, parseMark } from './ignore-source.ts';
import { nameOf, parentOf, type RelPath } from './rel-path.ts';

export { DEFAULT_IGNORES } from './ignore-defaults.ts';
export { type IgnoreFault, type IgnoreSource, isIgnoreFile } from './ignore-files.ts';

/** Names of our own passing files, at any depth. */
export const TEMPORARY_PREFIX = '.dsync-tmp-';

export interface IgnoreRules {
  /** True also where a folder above is ignored. */
  ignores(path: RelPath, isFolder: boolean): boolean;
  /** `rule` as it stands in its file, `source` that file's path or name; both absent where nothing ignores the path. */
  explain(path: RelPath, isFolder: boolean): IgnoreReason;
  /** Of all rules; the same for any order of discovery. */
  readonly hash: string;
  /** Lines that could not be understood, with the path or name of their source. */
  readonly faults: readonly (IgnoreFault & { readonly source: string })[];
}

export interface IgnoreReason {
  readonly ignored: boolean;
  readonly rule?: string;
  readonly source?: string;
}

interface Folder {
  readonly ignored: boolean;
  /** Names in it tell nothing: some pattern may match them all. */
  readonly open: boolean;
  /** The rules that hold in it. */
  readonly layer: IgnoreLayer;
}

/** Folders remembered before they are forgotten all at once. */
const MAX_FOLDERS = 65_536;

export function createIgnoreRules(sources: readonly IgnoreSource[]): IgnoreRules {
  const sourcesByFolder = new Map<RelPath | undefined, IgnoreSource[]>();
  for (const source of sources) {
    const together = sourcesByFolder.get(source.folder);
    if (together === undefined) sourcesByFolder.set(source.folder, [source]);
    else together.push(source);
  }
  const layerOf = (folder: RelPath | undefined, above: IgnoreLayer | undefined) =>
    createIgnoreLayer(above, (sourcesByFolder.get(folder) ?? []).sort(compareIgnoreSources).map(compileIgnoreSource));
  const topLayer = layerOf(undefined, undefined);
  const top: Folder = { ignored: false, open: topLayer.alwaysOpen, layer: topLayer };
  const folderByPath = new Map<RelPath, Folder>();
  let hash: string | undefined;

  function folderAt(path: RelPath | undefined): Folder {
    if (path === undefined) return top;
    const known = folderByPath.get(path);
    if (known !== undefined) return known;
    const above = folderAt(parentOf(path));
    const layer = sourcesByFolder.has(path) ? layerOf(path, above.layer) : above.layer;
    const open = above.open || layer.alwaysOpen || layer.opens(nameOf(path));
    const folder: Folder = { ignored: ignores(path, true), open, layer };
    if (folderByPath.size >= MAX_FOLDERS) folderByPath.clear();
    folderByPath.set(path, folder);
    return folder;
  }

  function ignores(path: RelPath, isFolder: boolean): boolean {
    const name = nameOf(path);
    // What is in an ignored folder is found by that folder; only a name with a dot, or what is ours, can begin one here.
    if (name.startsWith('.') || path.startsWith('.')) {
      if (alwaysIgnores(path) !== undefined) return true;
      if (neverIgnores(path)) return false;
    }
    const { ignored, open, layer } = folderAt(parentOf(path));
    if (ignored) return true;
    return name !== '.dsyncignore' && (open || layer.mayMatch(name)) && layer.test(path, isFolder).ignored;
  }

  function explain(path: RelPath, isFolder: boolean): IgnoreReason {
    const always = alwaysIgnores(path);
    if (always !== undefined) return { ignored: true, rule: always, source: 'dsync' };
    if (neverIgnores(path)) return { ignored: false };
    const parent = parentOf(path);
    const above = parent === undefined ? undefined : explain(parent, true);
    if (above?.ignored) return above;
    if (nameOf(path) === '.dsyncignore') return { ignored: false };
    const { ignored, mark } = folderAt(parent).layer.test(path, isFolder);
    return ignored && mark !== undefined ? { ignored, ...parseMark(mark) } : { ignored };
  }

  return {
    ignores,
    explain,
    get hash() {
      hash ??= createHash('sha256').update(sources.map(digestOf).sort().join()).digest('base64url');
      return hash;
    },
    get faults() {
      return [...sources].sort(compareIgnoreSources).flatMap((source) => compileIgnoreSource(source).faults);
    },
  };
}

const digestOf = (source: IgnoreSource) => compileIgnoreSource(source).digest;

/**
 * What no rule can re-include, also where a folder above is it: this host's own folder, git's (a folder, or a
 * worktree's file) and our passing files. In any case, because on some filesystems `.GIT` is `.git`.
 */
function alwaysIgnores(path: RelPath): string | undefined {
  if (!/\.git|\.dsync/i.test(path)) return undefined;
  const folded = path.toLowerCase();
  if (folded === '.dsync/local' || folded.startsWith('.dsync/local/')) return '/.dsync/local';
  for (const part of folded.split('/')) {
    if (part === '.git') return '.git';
    if (part.startsWith(TEMPORARY_PREFIX)) return `${TEMPORARY_PREFIX}*`;
  }
  return undefined;
}

/** Conflict copies reach every host, whatever their names: a rule about them would lose the losing side. */
function neverIgnores(path: RelPath): boolean {
  return path === '.dsync' || path === CONFLICTS_FOLDER || path.startsWith(`${CONFLICTS_FOLDER}/`);
}
