import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addUse, ageUses, mergeUse, scoreUse, type Use } from './frecency.ts';

const HOUR = 3_600_000;
const NOW = 1_700_000_000_000;
const use = fc.record({
  rank: fc.double({ min: 1, max: 20_000, noNaN: true }),
  last: fc.integer({ min: 0, max: NOW }),
});

test.each([
  ['within the hour', 0, 40],
  ['just an hour ago', HOUR, 20],
  ['yesterday', 25 * HOUR, 5],
  ['just a week ago', 7 * 24 * HOUR, 2.5],
])('used %s', (_, ageMs, expected) => {
  expect(scoreUse({ rank: 10, last: NOW - ageMs }, NOW)).toBe(expected);
});

test('a use adds one, and is the last one', () => {
  expect(addUse(addUse(undefined, 1), 2)).toEqual({ rank: 2, last: 2 });
});

test('ranks within bounds are left alone; beyond, they sum up to nine tenths, less what fell below one', () => {
  fc.assert(
    fc.property(fc.array(use, { maxLength: 30 }), (uses) => {
      const before = new Map(uses.map((one, i) => [i, one]));
      const after = ageUses(before);
      const sum = (map: ReadonlyMap<number, Use>): number =>
        [...map.values()].reduce((total, { rank }) => total + rank, 0);
      if (sum(before) <= 10_000) {
        expect(after).toBe(before);
        return;
      }
      expect(sum(after)).toBeLessThanOrEqual(9_000.001);
      expect([...after.values()].every(({ rank }) => rank >= 1)).toBe(true);
      expect(sum(after)).toBeGreaterThan(9_000 - uses.length);
    }),
  );
});

test('merging is the same in any order, and as often as one likes', () => {
  fc.assert(
    fc.property(use, use, use, (a, b, c) => {
      expect(mergeUse(a, b)).toEqual(mergeUse(b, a));
      expect(mergeUse(mergeUse(a, b), c)).toEqual(mergeUse(a, mergeUse(b, c)));
      expect(mergeUse(a, a)).toEqual(a);
    }),
  );
});
