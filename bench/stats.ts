/**
 * What a number of measurements say.
 *
 * @module
 */

export interface Summary {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly min: number;
  readonly max: number;
}

/** @throws where there are no measurements */
export function summarize(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const value = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
    if (value === undefined) throw new Error('Nothing was measured');
    return value;
  };
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), min: at(0), max: at(1) };
}
