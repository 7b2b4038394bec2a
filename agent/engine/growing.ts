/**
 * Large files that are written to all the time, such as logs: after a while what they were at one moment is taken, and
 * then they are let be for as long as that is worth.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RelPath } from '../core/rel-path.ts';

export interface Growing {
  /** It was seen to change while it was read. */
  changed(path: RelPath): void;
  /** It has changed at every look for a while. */
  has(path: RelPath): boolean;
  /** Its beginning was recorded, which took so long. */
  recorded(path: RelPath, tookMs: number): void;
  /** It stood still, or went. */
  forget(path: RelPath): void;
  /** Resolves when it may be read again; rejects with the signal's reason. */
  rest(path: RelPath): Promise<void>;
  /** How many rest now. */
  readonly resting: number;
}

const PATIENCE_MS = 2000;
const MIN_REST_MS = 5000;
/** Of the time that reading takes. */
const REST_FACTOR = 5;

export function createGrowing(signal: AbortSignal, now: () => number = () => performance.now()): Growing {
  const sinceByPath = new Map<RelPath, number>();
  const restUntilByPath = new Map<RelPath, number>();
  let resting = 0;
  return {
    changed(path) {
      if (!sinceByPath.has(path)) sinceByPath.set(path, now());
    },
    has(path) {
      const since = sinceByPath.get(path);
      return since !== undefined && now() - since >= PATIENCE_MS;
    },
    recorded(path, tookMs) {
      restUntilByPath.set(path, now() + Math.max(MIN_REST_MS, REST_FACTOR * tookMs));
    },
    forget(path) {
      sinceByPath.delete(path);
      restUntilByPath.delete(path);
    },
    async rest(path) {
      const ms = (restUntilByPath.get(path) ?? 0) - now();
      if (ms <= 0) return;
      resting++;
      try {
        await sleep(ms, undefined, { signal, ref: false });
      } finally {
        resting--;
      }
    },
    get resting() {
      return resting;
    },
  };
}
