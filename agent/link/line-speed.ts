/**
 * How fast a line takes bytes while there are any to take.
 *
 * @module
 */

export interface LineSpeed {
  /** Bytes are handed to the line. `busy`: it had not taken all of the former. */
  writes(busy: boolean): void;
  /** The line took so many. `busy`: it has not taken all yet. */
  wrote(bytes: number, busy: boolean): void;
  /** Infinity until the line was busy for long enough to tell. */
  readonly bytesPerSecond: number;
}

const LONG_ENOUGH_MS = 200;
/** Weight of the newest look. */
const NEWEST = 0.5;

export function createLineSpeed(now: () => number = () => performance.now()): LineSpeed {
  let bytesPerSecond = Number.POSITIVE_INFINITY;
  let since = 0;
  let bytes = 0;
  return {
    writes(busy) {
      if (busy) return;
      since = now();
      bytes = 0;
    },
    wrote(taken, busy) {
      bytes += taken;
      const elapsedMs = now() - since;
      if (elapsedMs < LONG_ENOUGH_MS) return;
      const latest = (bytes / elapsedMs) * 1000;
      bytesPerSecond = Number.isFinite(bytesPerSecond) ? bytesPerSecond + NEWEST * (latest - bytesPerSecond) : latest;
      if (busy) {
        since = now();
        bytes = 0;
      }
    },
    get bytesPerSecond() {
      return bytesPerSecond;
    },
  };
}
