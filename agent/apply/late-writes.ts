/**
 * A program that held a file open when it was displaced goes on writing into what is now in the trash. Each displaced
 * file is therefore looked at again, twice.
 *
 * @module
 */
import type { AbsPath } from '../../platform/abs-path.ts';
import { type Stat, sameStat } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { lstatOf } from './disk-stat.ts';

export type OnLateWrite = (path: RelPath, trashed: AbsPath) => void;

export interface LateWrites {
  readonly watch: (path: RelPath, trashed: AbsPath, stat: Stat) => void;
  readonly listen: (onLateWrite: OnLateWrite) => void;
  /** Looks at once at all that wait, and forgets those whose last look it was. */
  readonly close: () => void;
}

interface Displaced {
  readonly path: RelPath;
  readonly trashed: AbsPath;
  readonly stat: Stat;
  readonly at: number;
  readonly round: number;
}

/** Looked at within one turn of the event loop. */
const SLICE = 200;

/** @param afterMs when to look, counted from the displacement */
export function createLateWrites(afterMs: readonly number[] = [1_000, 30_000]): LateWrites {
  // One queue a round: within it the delay is alike, so the first is always the next due.
  const queues: Displaced[][] = afterMs.map(() => []);
  const timers: (NodeJS.Timeout | undefined)[] = afterMs.map(() => undefined);
  let listener: OnLateWrite = () => undefined;
  let closed = false;

  const look = (item: Displaced): void => {
    const stat = lstatIfPossible(item.trashed);
    // Taken away since, and another file put into the trash under the same name: that one has a watch of its own.
    if (stat === undefined || stat.ino !== item.stat.ino) return;
    const late = !sameStat(stat, item.stat);
    // A writer that was busy may not be done: the last look is repeated until nothing changed.
    const round = late ? item.round : item.round + 1;
    if (!closed && round < queues.length) add({ ...item, stat, round, at: late ? performance.now() : item.at });
    if (late) listener(item.path, item.trashed);
  };

  const add = (item: Displaced): void => {
    queues[item.round]?.push(item);
    arm(item.round);
  };

  const arm = (round: number): void => {
    const first = queues[round]?.[0];
    if (first === undefined || timers[round] !== undefined || closed) return;
    const wait = Math.max(0, first.at + (afterMs[round] ?? 0) - performance.now());
    timers[round] = setTimeout(() => {
      timers[round] = undefined;
      const queue = queues[round] ?? [];
      const due = performance.now() - (afterMs[round] ?? 0) + 1;
      const waiting = queue.findIndex(({ at }) => at > due);
      for (const item of queue.splice(0, Math.min(SLICE, waiting < 0 ? queue.length : waiting))) look(item);
      arm(round);
    }, wait).unref();
  };

  return {
    watch: (path, trashed, stat) => add({ path, trashed, stat, at: performance.now(), round: 0 }),
    listen: (onLateWrite) => {
      listener = onLateWrite;
    },
    close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      for (const queue of queues) for (const item of queue.splice(0)) look(item);
    },
  };
}

/** A trash that cannot be read just now tells nothing about late writes. */
function lstatIfPossible(path: AbsPath): Stat | undefined {
  try {
    return lstatOf(path);
  } catch {
    return undefined;
  }
}
