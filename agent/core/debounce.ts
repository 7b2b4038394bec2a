/**
 * When a path that had events is looked at: at once if it was quiet, a little later and later if it keeps changing, and
 * in an order in which one save overtakes a flood.
 *
 * A path *waits* from its first event until `due` hands it out, and is *out* from then until `settled`. Events of a path
 * that is out are kept for afterwards. No timers here: the clock comes in, in milliseconds of any origin.
 *
 * @module
 */
import { createFairQueue } from './debounce-fair-queue.ts';
import type { RelPath } from './rel-path.ts';

export interface DebounceOptions {
  /** Wait of a path that was quiet. */
  readonly leadMs?: number;
  /** Wait of the first repetition; doubles with each one that follows. */
  readonly firstMs?: number;
  /** Longest wait, counted from the first event that was not handed out yet. */
  readonly maxMs?: number;
  /** A path without events for so long counts as quiet, and nothing is remembered of it. */
  readonly quietMs?: number;
}

export interface Debounce {
  /** O(1); any number of events of a waiting path are one. */
  event(path: RelPath, nowMs: number): void;
  /** Hands out at most `limit` paths. Folders with few waiting paths come first, every folder gets its turn. */
  due(nowMs: number, options?: { readonly limit?: number }): RelPath[];
  /** When to call {@link Debounce.due} next; at or before now if some path is due; undefined if none waits. */
  nextAt(): number | undefined;
  /** The path was dealt with. Until then it is not handed out again. */
  settled(path: RelPath, nowMs: number): void;
  /** Paths that wait or are out. */
  readonly size: number;
}

interface Waiting {
  readonly firstAt: number;
  readonly waitMs: number;
  dueAt: number;
  state: 'delayed' | 'ready' | 'out';
  /** First event since it was handed out. */
  againAt: number | undefined;
  readonly repetitions: number;
}

export function createDebounce({
  leadMs = 0,
  firstMs = 5,
  maxMs = 100,
  quietMs = 2 * maxMs,
}: DebounceOptions = {}): Debounce {
  const waitingByPath = new Map<RelPath, Waiting>();
  /** Whole milliseconds to the paths that are looked at then; a path that got a later time meanwhile moves on. */
  const delayedByMs = new Map<number, RelPath[]>();
  const ready = createFairQueue();
  // Two generations: what was not touched for a whole one is dropped with it, without a look at each path.
  let recent = new Map<RelPath, number>();
  let older = new Map<RelPath, number>();
  let generationAt = Number.NEGATIVE_INFINITY;

  function event(path: RelPath, nowMs: number): void {
    const waiting = waitingByPath.get(path);
    if (waiting === undefined) start(path, nowMs);
    else if (waiting.state === 'out') waiting.againAt ??= nowMs;
    else if (waiting.state === 'delayed') waiting.dueAt = Math.min(nowMs + waiting.waitMs, waiting.firstAt + maxMs);
  }

  function start(path: RelPath, nowMs: number): void {
    turnGeneration(nowMs);
    const repetitions = recent.get(path) ?? older.get(path) ?? 0;
    const waitMs = repetitions === 0 ? leadMs : Math.min(firstMs * 2 ** (repetitions - 1), maxMs);
    const dueAt = nowMs + waitMs;
    const delayed = waitMs > 0;
    waitingByPath.set(path, {
      firstAt: nowMs,
      waitMs,
      dueAt,
      state: delayed ? 'delayed' : 'ready',
      againAt: undefined,
      repetitions,
    });
    if (delayed) delay(path, dueAt);
    else ready.push(path);
  }

  function delay(path: RelPath, dueAt: number): void {
    const ms = Math.ceil(dueAt);
    const bucket = delayedByMs.get(ms);
    if (bucket === undefined) delayedByMs.set(ms, [path]);
    else bucket.push(path);
  }

  function ripen(nowMs: number): void {
    for (const [ms, paths] of delayedByMs) {
      if (ms > nowMs) continue;
      delayedByMs.delete(ms);
      for (const path of paths) {
        const waiting = waitingByPath.get(path);
        if (waiting?.state !== 'delayed') continue;
        if (waiting.dueAt > nowMs) {
          delay(path, waiting.dueAt);
        } else {
          waiting.state = 'ready';
          ready.push(path);
        }
      }
    }
  }

  function due(nowMs: number, { limit = Number.POSITIVE_INFINITY } = {}): RelPath[] {
    ripen(nowMs);
    turnGeneration(nowMs);
    const paths: RelPath[] = [];
    while (paths.length < limit) {
      const path = ready.take();
      if (path === undefined) break;
      const waiting = waitingByPath.get(path);
      if (waiting !== undefined) waiting.state = 'out';
      paths.push(path);
    }
    return paths;
  }

  function settled(path: RelPath, nowMs: number): void {
    const waiting = waitingByPath.get(path);
    if (waiting?.state !== 'out') return;
    waitingByPath.delete(path);
    turnGeneration(nowMs);
    recent.set(path, Math.min(waiting.repetitions + 1, 30));
    if (waiting.againAt === undefined) return;
    start(path, waiting.againAt);
  }

  function turnGeneration(nowMs: number): void {
    if (nowMs - generationAt < quietMs) return;
    // After a long pause both generations are of no use.
    older = nowMs - generationAt < 2 * quietMs ? recent : new Map();
    recent = new Map();
    generationAt = nowMs;
  }

  function nextAt(): number | undefined {
    if (ready.size > 0) return Number.NEGATIVE_INFINITY;
    let next: number | undefined;
    for (const ms of delayedByMs.keys()) if (next === undefined || ms < next) next = ms;
    return next;
  }

  return {
    event,
    due,
    nextAt,
    settled,
    get size() {
      return waitingByPath.size;
    },
  };
}
