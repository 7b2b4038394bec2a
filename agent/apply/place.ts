/**
 * Puts what lies ready in the stage at its path: announce, exchange, then look at what was displaced.
 *
 * What `mine` names is ours alone. It is consumed once it stands at the path, and left where it is by every other
 * outcome but `raced`, where the path it had, or one beside it, holds the displaced save.
 *
 * @module
 */
import { renameSync } from 'node:fs';
import type { AbsPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import type { Stat } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { isAsExpected, isFolderMode, lstatOf } from './disk-stat.ts';
import type { Renames } from './exchange.ts';
import type { Intents } from './intents.ts';
import type { LateWrites } from './late-writes.ts';
import type { ApplyOutcome } from './outcome.ts';
import type { Trash } from './trash.ts';

export const CHANGED: ApplyOutcome = { kind: 'changed' };

export interface Ready {
  readonly path: RelPath;
  readonly at: AbsPath;
  readonly mine: AbsPath;
  /** What `mine` is. */
  readonly made: Stat;
  readonly incoming: Uint8Array | undefined;
}

export interface PlaceTools {
  readonly renames: Renames;
  readonly intents: Pick<Intents, 'record'> | undefined;
  readonly trash: Trash;
  readonly late: Pick<LateWrites, 'watch'>;
}

/** For a path where nothing should be. */
export function placeNew({ path, at, mine, made, incoming }: Ready, { renames, intents }: PlaceTools): ApplyOutcome {
  intents?.record([{ path, temp: mine, expected: undefined, made, incoming }]);
  try {
    renames.rename(mine, at);
  } catch (error) {
    if (isOtherThing(error)) return CHANGED;
    throw error;
  }
  return { kind: 'done', stat: made, trashed: undefined };
}

/** For a path where `expected`, no folder, was seen a moment ago. */
export function placeOver(ready: Ready, expected: Stat, tools: PlaceTools): ApplyOutcome {
  const { path, at, mine, made, incoming } = ready;
  const { renames, intents, late } = tools;
  intents?.record([{ path, temp: mine, expected, made, incoming }]);
  let overtaken: AbsPath | undefined;
  try {
    overtaken = renames.exchange(mine, at);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return CHANGED;
    throw error;
  }
  if (overtaken !== undefined) {
    // A save appeared while the path was free: it has replaced what we set aside, and stays.
    const stat = lstatOf(overtaken);
    const trashed = intoTrash(overtaken, path, tools);
    if (stat !== undefined) late.watch(path, trashed, stat);
    return CHANGED;
  }
  const displaced = lstatOf(mine);
  if (displaced === undefined) throw Object.assign(new Error(`ENOENT: displaced '${mine}'`), { code: 'ENOENT' });
  if (isAsExpected(expected, displaced)) {
    const trashed = intoTrash(mine, path, tools);
    late.watch(path, trashed, displaced);
    return { kind: 'done', stat: made, trashed };
  }
  if (isFolderMode(displaced.mode) && takeBack(ready, renames)) return CHANGED;
  return { kind: 'raced', stat: made, displaced: mine, displacedStat: lstatOf(mine) ?? displaced };
}

/** The content is in its place already: where the trash fails, the old one is kept in the stage all the same. */
export function intoTrash(mine: AbsPath, path: RelPath, { trash }: Pick<PlaceTools, 'trash'>): AbsPath {
  try {
    return trash.take(mine, path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    if (errnoOf(error) !== 'EXDEV') return mine;
  }
  try {
    return trash.copyIn(mine, path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return mine;
  }
}

/** A folder took the path. It is no save to be kept aside: it goes back, if ours is still what stands there. */
function takeBack({ at, mine, made }: Ready, renames: Renames): boolean {
  try {
    if (renames.exchange(mine, at) !== undefined) return false;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
  return isAsExpected(made, lstatOf(mine));
}

/** Moves `from` to where it came from, if that is free; returns whether it is there. */
export function putBack(from: AbsPath, at: AbsPath, renames: Renames): boolean {
  try {
    renames.rename(from, at);
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

/** To a path that nobody else knows, from one that others do: nothing there can be replaced. */
export function moveToOwn(from: AbsPath, own: AbsPath): void {
  renameSync(from, own);
}

/** Something else is at the path, or the folder above it is gone. */
export function isOtherThing(error: unknown): boolean {
  return ['EEXIST', 'ENOENT', 'ENOTEMPTY', 'ENOTDIR', 'EISDIR'].includes(errnoOf(error) ?? '');
}
