/**
 * The ignore rules in force for one root, and the files they come from.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import {
  createIgnoreRules,
  DEFAULT_IGNORES,
  type IgnoreReason,
  type IgnoreRules,
  isIgnoreFile,
} from '../core/ignore.ts';
import { joinName, nameOf, parentOf, type RelPath } from '../core/rel-path.ts';

export interface IgnoreState {
  ignores(path: RelPath, isFolder: boolean): boolean;
  explain(path: RelPath, isFolder: boolean): IgnoreReason;
  isIgnoreFile(path: RelPath): boolean;
  /** Reads the ignore files of a folder whose names were just listed. */
  listed(folder: RelPath | undefined, entries: readonly { readonly name: string }[]): void;
  /** Reads one ignore file again. @returns true if other rules are in force now */
  refresh(path: RelPath): boolean;
}

const ROOT_ONLY = ['.stignore', '.rsync-exclude'];

export function createIgnoreState(
  root: AbsPath,
  { rules: extra, useGitignore }: { readonly rules: readonly string[]; readonly useGitignore: boolean },
): IgnoreState {
  const names = useGitignore ? ['.dsyncignore', '.gitignore'] : ['.dsyncignore'];
  const textByPath = new Map<RelPath, string>();
  const compile = (): IgnoreRules =>
    createIgnoreRules([
      { folder: undefined, name: 'defaults', text: DEFAULT_IGNORES },
      { folder: undefined, name: 'settings', text: extra.join('\n') },
      ...[...textByPath].map(([path, text]) => ({ folder: parentOf(path), name: nameOf(path), text })),
    ]);
  let rules = compile();

  const read = (path: RelPath): boolean => {
    const text = readText(childPath(root, path));
    if (text === textByPath.get(path)) return false;
    if (text === undefined) textByPath.delete(path);
    else textByPath.set(path, text);
    return true;
  };
  const recompile = (): boolean => {
    const before = rules.hash;
    rules = compile();
    return rules.hash !== before;
  };
  return {
    ignores: (path, isFolder) => rules.ignores(path, isFolder),
    explain: (path, isFolder) => rules.explain(path, isFolder),
    isIgnoreFile: (path) => isIgnoreFile(path, { gitignore: useGitignore }),
    listed(folder, entries) {
      let changed = false;
      const here = folder === undefined ? [...names, ...ROOT_ONLY] : names;
      for (const { name } of entries) if (here.includes(name)) changed = read(joinName(folder, name)) || changed;
      if (changed) recompile();
    },
    refresh: (path) => read(path) && recompile(),
  };
}

/** A file that cannot be read has no rules; that it cannot be read is listed when it is looked at like any other. */
function readText(path: AbsPath): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
