/**
 * What is missing on disk, and when it counts as deleted.
 *
 * A missing path waits a moment: a save by rename or a move brings it back under its name or another. Many at once wait
 * until no more come, are counted, and are held for a person's word if they are too many for one root at one time.
 *
 * @module
 */
import type { Recorded } from '../core/entry.ts';
import { type RelPath, relPathToKey } from '../core/rel-path.ts';

export interface Deletes {
  missing(ours: Recorded): void;
  /** The path is there after all. */
  found(path: RelPath): void;
  /** A file or symlink gave way to a folder: nothing of it is missing. */
  kindChanged(ours: Recorded): void;
  has(path: RelPath): boolean;
  /** A missing path whose file had this inode. */
  peekMoved(ino: bigint): Recorded | undefined;
  /** The same, taken out if it fits: its content was found elsewhere. */
  takeMoved(ino: bigint, fits: (gone: Recorded) => boolean): Recorded | undefined;
  /** What counts as deleted by now, deepest first. `still` looks once more. */
  due(nowMs: number, options: { readonly quiet: boolean }): Recorded[];
  nextAt(): number | undefined;
  /** Lets go of what is held: it is deleted. */
  approve(): number;
  /** Gives up what is held: it is not deleted. */
  reject(): RelPath[];
  readonly held: readonly RelPath[];
  readonly waiting: number;
}

export interface DeletesOptions {
  /** Most deletes at one time, given the number of live entries. */
  readonly limit: () => number;
  readonly onHeld: (count: number) => void;
}

const SETTLE_MS = 10;
const FLOOD = 20;
const FLOOD_QUIET_MS = 150;
const FLOOD_MAX_MS = 5000;
/** Deletes this close together count as one time. */
const WINDOW_MS = 10_000;

export function createDeletes({ limit, onHeld }: DeletesOptions): Deletes {
  const waitingByPath = new Map<RelPath, Recorded>();
  const goneByIno = new Map<bigint, Recorded>();
  const heldByPath = new Map<RelPath, Recorded>();
  let firstAt = 0;
  let lastAt = 0;
  let recent: { at: number; count: number }[] = [];
  let approved = false;

  const drop = (path: RelPath) => {
    const gone = waitingByPath.get(path) ?? heldByPath.get(path);
    if (gone === undefined) return;
    waitingByPath.delete(path);
    heldByPath.delete(path);
    if (gone.stat !== undefined && goneByIno.get(gone.stat.ino)?.path === path) goneByIno.delete(gone.stat.ino);
  };
  const nextAt = () => {
    if (waitingByPath.size === 0) return undefined;
    return waitingByPath.size > FLOOD ? Math.min(lastAt + FLOOD_QUIET_MS, firstAt + FLOOD_MAX_MS) : lastAt + SETTLE_MS;
  };

  return {
    missing(ours) {
      if (waitingByPath.has(ours.path) || heldByPath.has(ours.path)) return;
      const now = performance.now();
      if (waitingByPath.size === 0) firstAt = now;
      lastAt = now;
      waitingByPath.set(ours.path, ours);
      if (ours.stat !== undefined && ours.kind !== 'folder') goneByIno.set(ours.stat.ino, ours);
    },
    found: drop,
    kindChanged(ours) {
      drop(ours.path);
    },
    has: (path) => waitingByPath.has(path) || heldByPath.has(path),
    peekMoved: (ino) => goneByIno.get(ino),
    takeMoved(ino, fits) {
      const gone = goneByIno.get(ino);
      if (gone === undefined || !fits(gone)) return undefined;
      drop(gone.path);
      return gone;
    },
    due(nowMs, { quiet }) {
      const at = nextAt();
      if (at === undefined || nowMs < at || !quiet) return [];
      const gone = [...waitingByPath.values()];
      recent = recent.filter((batch) => batch.at > nowMs - WINDOW_MS);
      const files = gone.filter(({ kind }) => kind !== 'folder').length;
      const count = recent.reduce((sum, batch) => sum + batch.count, 0) + files;
      if (count > limit() && !approved) {
        for (const each of gone) heldByPath.set(each.path, each);
        waitingByPath.clear();
        onHeld(heldByPath.size);
        return [];
      }
      // What a person let go is no sign that something is wrong with what follows.
      if (!approved) recent.push({ at: nowMs, count: files });
      approved = false;
      waitingByPath.clear();
      for (const { stat } of gone) if (stat !== undefined) goneByIno.delete(stat.ino);
      return gone.sort((a, b) => Buffer.compare(relPathToKey(b.path), relPathToKey(a.path)));
    },
    nextAt,
    approve() {
      const count = heldByPath.size;
      if (count === 0) return 0;
      for (const [path, gone] of heldByPath) waitingByPath.set(path, gone);
      heldByPath.clear();
      approved = true;
      return count;
    },
    reject() {
      const paths = [...heldByPath.keys()];
      for (const path of paths) drop(path);
      return paths;
    },
    get held() {
      return [...heldByPath.keys()];
    },
    get waiting() {
      return waitingByPath.size;
    },
  };
}
