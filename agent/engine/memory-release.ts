/**
 * An agent stays small: in a flood by leaving what is short-lived little room, after it by giving memory back.
 *
 * V8 collects when something is allocated, and a quiet agent allocates nothing; the C library keeps what was freed.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { collectAll } from '../../platform/collect-garbage.ts';
import { loadNative } from '../apply/native.ts';

export interface MemoryRelease {
  /** One path was looked at or dealt with. */
  worked(): void;
  /** Nothing waits at the moment. */
  idle(): void;
  close(): void;
}

/** By how much the heap may grow before all of it is collected, in percent; less costs time. */
const GROWS_BY = 60;

/**
 * In a flood most of what is allocated is over in a moment: V8 would give it 48 MiB of room, and let the rest grow to
 * several times what is in use; and the C library would keep what was freed in pieces.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString(`--heap-growing-percent=${GROWS_BY}`);
  loadNative()?.memory?.keepNoLarge();
}

/** Below this there is little to give back. */
const MANY = 1000;
/** Once soon, and once when what the flood left behind elsewhere has been dealt with: commits, acknowledgements. */
const AFTER_MS = [2000, 12_000];

/** @param drop lets go of what is kept for speed alone */
export function createMemoryRelease(drop: () => void): MemoryRelease {
  let count = 0;
  let timers: NodeJS.Timeout[] = [];
  const stop = (): void => {
    for (const timer of timers) clearTimeout(timer);
  };
  const release = (): void => {
    drop();
    collectAll();
    void loadNative()?.memory?.trim();
  };
  return {
    worked() {
      count++;
    },
    idle() {
      if (count < MANY) return;
      count = 0;
      stop();
      timers = AFTER_MS.map((ms) => setTimeout(release, ms).unref());
    },
    close: stop,
  };
}
