/**
 * What goes over a link leaves behind pieces of memory that V8's own heap hardly notices: Node reads a socket into a new one,
 * and ssh2 encrypts each packet into a new one. V8 counts them all the same, as if they stayed, and collects the whole heap
 * for each 10 to 20 MB. Nearly all are young and over: collecting what is young is enough, and takes a tenth of the time.
 *
 * @module
 */
import { getHeapStatistics } from 'node:v8';
import { collectYoung } from '../../platform/collect-garbage.ts';

export interface YoungGarbage {
  /** So many bytes came in, or went out. */
  passed(bytes: number): void;
}

export interface YoungGarbageOptions {
  /** Bytes outside of V8's own heap, as V8 counts them. */
  readonly outside?: () => number;
  readonly collect?: () => void;
}

/** So often it is looked at: that costs a microsecond or two. */
const LOOK_BYTES = 1 << 20;
/** Less than what makes V8 collect everything, which is a share of a heap that is small. */
const MOST_MORE_BYTES = 4 << 20;

export function createYoungGarbage({
  outside = () => getHeapStatistics().external_memory,
  collect = collectYoung,
}: YoungGarbageOptions = {}): YoungGarbage {
  let passedBytes = 0;
  let leastBytes = Number.POSITIVE_INFINITY;
  return {
    passed(bytes) {
      passedBytes += bytes;
      if (passedBytes < LOOK_BYTES) return;
      passedBytes = 0;
      const now = outside();
      leastBytes = Math.min(leastBytes, now);
      if (now < leastBytes + MOST_MORE_BYTES) return;
      collect();
      // What is let go is counted a moment later, by another thread. What stays, stays.
      leastBytes = Number.POSITIVE_INFINITY;
    },
  };
}
