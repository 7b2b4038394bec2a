/**
 * Gives memory back after a flood: a quiet agent stays small.
 *
 * V8 collects when something is allocated, and a quiet agent allocates nothing; the C library keeps what was freed.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { trimMemory } from '../apply/native.ts';

export interface MemoryRelease {
  /** One path was dealt with. */
  worked(): void;
  /** Nothing waits at the moment. */
  idle(): void;
  close(): void;
}

/** Below this there is little to give back. */
const MANY = 1000;
const QUIET_MS = 2000;

export function createMemoryRelease(): MemoryRelease {
  let count = 0;
  let timer: NodeJS.Timeout | undefined;
  return {
    worked() {
      count++;
    },
    idle() {
      if (count < MANY) return;
      count = 0;
      clearTimeout(timer);
      timer = setTimeout(() => {
        collect();
        void trimMemory();
      }, QUIET_MS);
      timer.unref();
    },
    close() {
      clearTimeout(timer);
    },
  };
}

function collect(): void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  if (typeof gc === 'function') gc();
}
