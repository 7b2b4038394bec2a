import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RelPath } from '../core/rel-path.ts';
import { createPathFilter } from './path-filter.ts';

test('every path that was added may be there, whatever the paths', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (paths) => {
      const filter = createPathFilter();
      for (const path of paths) filter.add(path as RelPath);
      expect(paths.every((path) => filter.mayHave(path as RelPath))).toBe(true);
    }),
  );
});

test('of many paths all are known, and hardly any other', () => {
  const filter = createPathFilter();
  const path = (i: number) => `g${i % 40}/d${i % 900}/f${i}` as RelPath;
  const numbers = Array.from({ length: 20_000 }, (_, i) => i);
  for (const i of numbers) filter.add(path(i));
  expect(numbers.every((i) => filter.mayHave(path(i)))).toBe(true);
  // One in 200,000 is to be expected.
  expect(numbers.filter((i) => filter.mayHave(path(i + 20_000))).length).toBeLessThan(3);
});
