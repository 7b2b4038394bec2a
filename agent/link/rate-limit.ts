/**
 * So many bytes a second: what was taken beyond that is waited for.
 *
 * @module
 */

export interface RateLimit {
  /** How long to wait before the next bytes, in milliseconds. */
  waitMs(): number;
  took(bytes: number): void;
}

/** What an idle line may send at once, in seconds of the rate. */
const BURST_S = 0.1;
/** What sums of fractions are off by: far less than a byte, for which nobody waits another millisecond. */
const ROUNDING_BYTES = 0.01;

/** @param rate bytes a second, as of now; 0: no limit */
export function createRateLimit(rate: () => number, now: () => number = () => performance.now()): RateLimit {
  /** Below 0: taken in advance. */
  let balance = 0;
  let at = now();
  const settle = (): number => {
    const perSecond = rate();
    const elapsedS = (now() - at) / 1000;
    at = now();
    balance = Math.min(perSecond * BURST_S, balance + elapsedS * perSecond);
    return perSecond;
  };
  return {
    waitMs() {
      const perSecond = settle();
      if (perSecond === 0) balance = 0;
      return perSecond === 0 || balance > -ROUNDING_BYTES ? 0 : Math.ceil((-balance / perSecond) * 1000);
    },
    took(bytes) {
      balance -= bytes;
    },
  };
}
