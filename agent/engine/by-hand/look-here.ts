/**
 * What is in the folder on this side.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { type AbsPath, childPath } from '../../../platform/abs-path.ts';
import { joinName, parentsOf, type RelPath } from '../../core/rel-path.ts';
import { lstatPath } from '../../scan/lstat.ts';
import { walk } from '../../scan/walk.ts';
import { createIgnoreState } from '../ignore-state.ts';
import type { Rules } from './rules.ts';
import type { Found, Problem, Tree } from './tree.ts';

export interface LookHereOptions {
  /** Only this path and what is below it. */
  readonly below: RelPath | undefined;
  readonly settings: readonly string[];
  readonly useGitignore: boolean;
  /** Of the command line. */
  readonly typed: Rules;
  readonly signal: AbortSignal;
}

export interface HereTree extends Tree {
  /** The ignore files that hold in it, also those above `below`. */
  readonly ignoreFiles: ReadonlyMap<RelPath, string>;
  /** What the rules leave alone, without what is below it. */
  readonly leftAlone: ReadonlySet<RelPath>;
}

/** A folder that is missing holds nothing. @throws the signal's reason */
export function lookHere(folder: AbsPath, options: LookHereOptions): HereTree {
  const { below, settings, useGitignore, typed, signal } = options;
  const state = createIgnoreState(folder, { rules: settings, useGitignore });
  const ignoreFiles = new Map<RelPath, string>();
  const found = new Map<RelPath, Found>();
  const problems: Problem[] = [];
  const leftAlone = new Set<RelPath>();
  const tree: HereTree = { found, problems, ignoreFiles, leftAlone };
  if (lstatPath(folder) === undefined) return tree;

  const collect = (path: RelPath): void => {
    const text = textOf(childPath(folder, path));
    if (text !== undefined) ignoreFiles.set(path, text);
  };
  if (below !== undefined) {
    for (const above of [undefined, ...parentsOf(below)]) {
      const names = ['.dsyncignore', '.gitignore', ...(above === undefined ? ['.stignore', '.rsync-exclude'] : [])];
      for (const path of names.map((name) => joinName(above, name))) {
        if (!state.isIgnoreFile(path)) continue;
        state.refresh(path);
        collect(path);
      }
    }
  }
  const ignores = (path: RelPath, isFolder: boolean): boolean => {
    const ignored = typed.leavesAlone(path, isFolder) || state.ignores(path, isFolder);
    if (ignored) leftAlone.add(path);
    return ignored;
  };
  const walked = walk(folder, {
    from: below,
    ignores,
    listed: (at, entries) => {
      state.listed(at, entries);
      for (const { name } of entries) {
        const path = joinName(at, name);
        if (state.isIgnoreFile(path)) collect(path);
      }
    },
    signal,
  });
  for (const one of walked) {
    if (one.kind === 'problem') problems.push({ path: one.shownPath, cause: one.cause, cure: one.cure });
    else {
      const { sizeBytes, mtimeNs } = one.stat;
      found.set(one.path, { kind: one.kind, sizeBytes, mtimeSeconds: Number(mtimeNs / 1_000_000_000n) });
    }
  }
  return tree;
}

function textOf(path: AbsPath): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
