/**
 * What both sides of a copy hold: what is offered to rsync, what is to go, and what stands at a path that is written.
 *
 * @module
 */
import { type AbsPath, childPath, tildePath } from '../../../platform/abs-path.ts';
import { DsyncError } from '../../../platform/failure.ts';
import { parentsOf, parseRelPath, type RelPath } from '../../core/rel-path.ts';
import { lstatPath } from '../../scan/lstat.ts';
import type { RsyncItem } from '../../transfer/rsync-output.ts';
import { deletions } from './deletions.ts';
import { type HereTree, lookHere } from './look-here.ts';
import { fetchIgnoreFiles, lookAtNames, lookThere } from './look-there.ts';
import type { Place } from './place.ts';
import type { There } from './probe-there.ts';
import { showThere } from './remote.ts';
import type { Ends } from './rsync-args.ts';
import { createRules, createTypedRules } from './rules.ts';
import type { Found, Problem, Tree } from './tree.ts';

export interface SidesOptions {
  readonly place: Place;
  readonly isDelete: boolean;
  /** From settings.json. */
  readonly ignore: readonly string[];
  readonly useGitignore: boolean;
  /** Rules of the command line and of `.env`, as in an exclude file of rsync. */
  readonly typed: readonly string[];
  readonly signal: AbortSignal;
}

export interface Sides {
  readonly winner: ReadonlyMap<RelPath, Found>;
  /** What is offered to rsync. */
  readonly names: readonly RelPath[];
  readonly deleteNames: readonly RelPath[];
  /** Looks at those paths on the side that is written, where that is not known yet. */
  readonly loser: (items: readonly RsyncItem[]) => Promise<(path: RelPath) => Found | undefined>;
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
}

const KEPT_ALL =
  'Nothing is deleted: not all of both folders could be looked at, and what was not seen must not count as missing.';

export async function lookForPush(ends: Ends, options: SidesOptions, probed: There | undefined): Promise<Sides> {
  const { isDelete, ignore, typed, signal } = options;
  const { below } = options.place;
  const ours = lookAround(options);
  if (below !== undefined && !ours.found.has(below)) throw notThere(`${below} in ${tildePath(ends.here)}`, ours, below);
  const rules = createRules(ours.ignoreFiles, { settings: ignore, typed });
  const isNothingThere = probed?.place === 'missing';
  const theirs: Tree = isDelete && !isNothingThere ? await lookThere(ends, below, signal) : NOTHING;
  const isCertain = ours.problems.length === 0 && theirs.problems.length === 0;
  const isExtra = (path: RelPath, isFolder: boolean): boolean =>
    isMissing(path, ours) && !isSpecial(theirs, path) && !rules.leavesAlone(path, isFolder);
  return {
    winner: ours.found,
    names: sendable(ours),
    deleteNames: isDelete && isCertain ? deletions(theirs.found, isExtra) : [],
    async loser(items) {
      if (isDelete || isNothingThere) return (path) => theirs.found.get(path);
      const found = await lookAtNames(ends, pathsOf(items), signal);
      return (path) => found.get(path);
    },
    problems: [...ours.problems, ...theirs.problems],
    notes: isDelete && !isCertain ? [KEPT_ALL] : [],
  };
}

export async function lookForPull(ends: Ends, options: SidesOptions): Promise<Sides> {
  const { isDelete, ignore, useGitignore, typed, signal, place } = options;
  const { below } = place;
  const ours = lookAround(options);
  const theirs = await lookThere(ends, below, signal);
  if (below !== undefined && !theirs.found.has(below))
    throw notThere(`${below} in ${place.host}:${showThere(ends.there)}`);
  const fetched = await fetchIgnoreFiles(ends, theirs, { below, useGitignore, signal });
  const rules = createRules(new Map([...ours.ignoreFiles, ...fetched]), { settings: ignore, typed });
  const isCertain = ours.problems.length === 0 && theirs.problems.length === 0;
  const all = [...ours.found, ...[...ours.leftAlone].map((path) => [path, { kind: 'folder' }] as const)];
  const isExtra = (path: RelPath, isFolder: boolean): boolean =>
    !ours.leftAlone.has(path) &&
    isMissing(path, theirs) &&
    !isSpecial(ours, path) &&
    !rules.leavesAlone(path, isFolder);
  const offered = new Map([...theirs.found].filter(([path, { kind }]) => !rules.leavesAlone(path, kind === 'folder')));
  return {
    winner: theirs.found,
    names: sendable({ found: offered, problems: [] }),
    deleteNames: isDelete && isCertain ? deletions(all, isExtra) : [],
    loser: () => Promise.resolve((path) => ours.found.get(path) ?? statHere(ends.here, path)),
    problems: [...ours.problems, ...theirs.problems],
    notes: isDelete && !isCertain ? [KEPT_ALL] : [],
  };
}

const NOTHING: Tree = { found: new Map(), problems: [] };

function lookAround({ place, ignore, useGitignore, typed, signal }: SidesOptions): HereTree {
  const options = { below: place.below, settings: ignore, useGitignore, typed: createTypedRules(typed), signal };
  return lookHere(place.here, options);
}

function sendable({ found }: Tree): RelPath[] {
  return [...found].flatMap(([path, { kind }]) => (kind === 'special' ? [] : [path]));
}

/** What is below something that is no folder makes way for it, by the run that sends. */
function isMissing(path: RelPath, { found }: Tree): boolean {
  if (found.has(path)) return false;
  return parentsOf(path).every((above) => (found.get(above)?.kind ?? 'folder') === 'folder');
}

/** Sockets, pipes and devices stay where they are. */
function isSpecial({ found }: Tree, path: RelPath): boolean {
  return found.get(path)?.kind === 'special';
}

function pathsOf(items: readonly RsyncItem[]): RelPath[] {
  return items.flatMap(({ path }) => parseRelPath(path.toString('utf8')) ?? []);
}

function statHere(here: AbsPath, path: RelPath): Found | undefined {
  try {
    const stat = lstatPath(childPath(here, path));
    if (stat === undefined) return undefined;
    const { kind, sizeBytes, mtimeNs } = stat;
    return { kind, sizeBytes, mtimeSeconds: Number(mtimeNs / 1_000_000_000n) };
  } catch {
    return undefined;
  }
}

export function notThere(what: string, ours?: HereTree, below?: RelPath): DsyncError {
  const isLeftAlone = below !== undefined && ours?.leftAlone.has(below) === true;
  return isLeftAlone
    ? new DsyncError('NOT_FOUND', `${what} is left alone by a rule`, { cure: 'See which one: dsync ignored PATH' })
    : new DsyncError('NOT_FOUND', `There is no ${what}`, { cure: 'Check the path; nothing was changed.' });
}
