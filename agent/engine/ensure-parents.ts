/**
 * A live entry revives the folders above it.
 *
 * @module
 */
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { Apply } from '../apply/apply.ts';
import type { ApplyOutcome } from '../apply/outcome.ts';
import { isLive, type Recorded, unheardOf } from '../core/entry.ts';
import { parentOf, type RelPath } from '../core/rel-path.ts';
import { bumpVersion, NO_VERSION } from '../core/version.ts';
import type { IndexStore } from '../index/index-store.ts';
import { type DiskStat, lstatPath } from '../scan/lstat.ts';
import type { LocalChange } from '../transfer/push-lane.ts';
import type { Capture } from './capture.ts';

export interface EnsureParentsOptions {
  readonly root: AbsPath;
  readonly index: IndexStore;
  readonly apply: Apply;
  readonly capture: Capture;
  /** A version was renewed here, not by a change on disk. */
  readonly onChange: (change: LocalChange) => void;
  /** A folder was made. */
  readonly onFolder: (path: RelPath) => void;
}

/** @returns a function that returns what stands in the way; undefined: every folder above the path is there */
export function createEnsureParents(options: EnsureParentsOptions): (path: RelPath) => ApplyOutcome | undefined {
  const { root, index, apply, capture, onChange, onFolder } = options;

  const ensureParents = (path: RelPath): ApplyOutcome | undefined => {
    const parent = parentOf(path);
    if (parent === undefined) return undefined;
    const ours = index.get(parent);
    if (ours?.kind === 'folder') {
      if (capture.isRealFolder(parent)) return undefined;
      if (lstatPath(childPath(root, parent)) === undefined) {
        // Gone on disk, and that was not seen yet: the edit is the later word on the folder, not on all that was in it.
        void capture.look(parent);
        return makeAgain(parent, ours);
      }
    }
    const above = ensureParents(parent);
    if (above !== undefined) return above;
    const there = lstatPath(childPath(root, parent));
    // What was not seen yet is looked at before anything takes its place.
    if (there !== undefined) void capture.look(parent, there);
    if (there?.kind === 'folder' && index.get(parent)?.kind === 'folder') return undefined;
    const inTheWay = there !== undefined && there.kind !== 'folder' ? there.kind : isLive(ours) ? ours.kind : undefined;
    if (inTheWay === undefined) return make(parent, there, ours);
    return {
      kind: 'problem',
      code: 'PARENT_NOT_FOLDER',
      cause: `“${parent}” is a ${inTheWay} here`,
      cure: `Move “${parent}” out of the way`,
    };
  };
  const makeAgain = (parent: RelPath, ours: Recorded): ApplyOutcome | undefined => {
    const above = ensureParents(parent);
    if (above !== undefined) return above;
    const made = apply.putFolder(parent, ours.mode, undefined);
    if (made.kind !== 'done') return made;
    index.restat({ ...ours, stat: made.stat ?? ours.stat });
    onFolder(parent);
    return undefined;
  };
  const make = (parent: RelPath, there: DiskStat | undefined, ours: Recorded | undefined): ApplyOutcome | undefined => {
    const mode = 0o777 & ~process.umask();
    const outcome = apply.putFolder(parent, mode, there);
    if (outcome.kind !== 'done') return outcome;
    const folder = {
      ...unheardOf(parent),
      kind: 'folder' as const,
      mode,
      stat: outcome.stat,
      racy: false,
      from: undefined,
    };
    if (ours === undefined) {
      // Its own entry is still to come and is newer than this one, which has seen nothing.
      index.put({ ...folder, version: NO_VERSION });
    } else {
      const seq = index.nextSeq();
      const version = bumpVersion(ours.version, index.epoch, seq);
      const revived = index.put({ ...folder, version, author: ours.author }, seq);
      onChange({ record: revived, movedFrom: undefined, lone: false, seenAt: performance.now() });
    }
    onFolder(parent);
    return undefined;
  };
  return ensureParents;
}
