/**
 * Which paths push and pull leave alone: neither sent, nor overwritten, nor deleted.
 *
 * The rules are those of the side that wins: it is their files that will be in force once the run is over. Where the
 * winner has no such file, the other side's holds.
 *
 * @module
 */
import { createIgnoreRules, DEFAULT_IGNORES, type IgnoreRules, type IgnoreSource } from '../../core/ignore.ts';
import { translateRsyncExclude } from '../../core/ignore-rsync.ts';
import { nameOf, parentOf, type RelPath } from '../../core/rel-path.ts';

export interface Rules {
  leavesAlone(path: RelPath, isFolder: boolean): boolean;
}

export interface RulesOptions {
  /** From settings.json, in gitignore syntax. */
  readonly settings: readonly string[];
  /** From `--exclude` and such, as in an exclude file of rsync; no rule of a file takes them back. */
  readonly typed: readonly string[];
}

/** @param textByPath the ignore files, by their paths */
export function createRules(textByPath: ReadonlyMap<RelPath, string>, { settings, typed }: RulesOptions): Rules {
  const rules = createIgnoreRules([
    { folder: undefined, name: 'defaults', text: DEFAULT_IGNORES },
    { folder: undefined, name: 'settings', text: settings.join('\n') },
    ...sourcesOf(textByPath),
  ]);
  const more = createTypedRules(typed);
  return {
    leavesAlone: (path, isFolder) => isOwn(path) || rules.ignores(path, isFolder) || more.leavesAlone(path, isFolder),
  };
}

/** Lines of ignore files that have no effect. */
export function ruleFaults(textByPath: ReadonlyMap<RelPath, string>): IgnoreRules['faults'] {
  return createIgnoreRules(sourcesOf(textByPath)).faults;
}

function sourcesOf(textByPath: ReadonlyMap<RelPath, string>): IgnoreSource[] {
  return [...textByPath].map(([path, text]) => ({ folder: parentOf(path), name: nameOf(path), text }));
}

/** Of the rules on the command line alone. */
export function createTypedRules(typed: readonly string[]): Rules {
  const { lines } = translateRsyncExclude(typed);
  const text = lines.map(({ pattern }) => pattern).join('\n');
  const rules = createIgnoreRules([{ folder: undefined, name: 'settings', text }]);
  return { leavesAlone: (path, isFolder) => isOwn(path) || rules.ignores(path, isFolder) };
}

/** Marker, trash, conflict copies and backups belong to the side where they are. */
function isOwn(path: RelPath): boolean {
  return path === '.dsync' || path.startsWith('.dsync/');
}
