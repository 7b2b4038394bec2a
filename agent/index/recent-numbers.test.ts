import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RelPath } from '../core/rel-path.ts';
import { createRecentNumbers } from './recent-numbers.ts';

const pathOf = (seq: number) => `p${seq}` as RelPath;

test('all above a number come in order, or it is said that not all are known', () => {
  const swapped = fc.array(fc.boolean(), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(swapped, fc.nat({ max: 80 }), fc.integer({ min: 4, max: 20 }), (swaps, after, size) => {
      const floor = 10;
      const recent = createRecentNumbers(floor, { size });
      const used: number[] = [];
      // Now and then a number is used after the one that was given out behind it.
      for (let seq = floor + 1; used.length < swaps.length; seq += 2) {
        const pair = swaps[used.length] ? [seq + 1, seq] : [seq, seq + 1];
        for (const each of pair) recent.add(each, pathOf(each));
        used.push(...pair);
      }
      const above = used.sort((a, b) => a - b).filter((seq) => seq > after);
      const known = recent.since(after);
      if (known !== undefined) expect([...known]).toEqual(above.map((seq) => ({ seq, path: pathOf(seq) })));
      else expect(after < floor || above.length > size / 2).toBe(true);
    }),
  );
});
