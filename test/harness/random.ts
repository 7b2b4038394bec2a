/**
 * Chance that can be had again: the same seed gives the same numbers.
 *
 * @module
 */

export interface Random {
  /** A whole number from 0 up to, but not including, `below`. */
  readonly int: (below: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(items: readonly [T, ...T[]]) => T;
  /** Picks by weight. */
  readonly weighted: <T>(items: readonly (readonly [T, number])[], otherwise: T) => T;
}

/** Source: splitmix32, public domain. */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  const int = (below: number): number => Math.floor(next() * below);
  return {
    int,
    chance: (probability) => next() < probability,
    pick: (items) => items[int(items.length)] ?? items[0],
    weighted: (items, otherwise) => {
      let at = next() * items.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [item, weight] of items) {
        at -= weight;
        if (at < 0) return item;
      }
      return otherwise;
    },
  };
}

/** Seed of this run: the one asked for by `DSYNC_SEED`, else one by chance. Print it. */
export function seedOfRun(): number {
  return Number(process.env.DSYNC_SEED ?? Math.floor(Math.random() * 2 ** 31));
}
