import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitColumns, widthOf } from './fit-columns.ts';

test('columns stand below each other, empty ones take no room, the end is cut', () => {
  const rows = [
    ['web', '', 'npm run dev'],
    ['longer', '', 'x'],
  ];
  expect(fitColumns(rows, 80)).toEqual(['web     npm run dev', 'longer  x']);
  expect(fitColumns(rows, 10)).toEqual(['web     n…', 'longer  x']);
});

test('no row is wider than the terminal, whatever is in it', () => {
  const rows = fc.array(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 }), { maxLength: 5 });
  fc.assert(
    fc.property(rows, fc.integer({ min: 2, max: 60 }), (cells, width) => {
      for (const line of fitColumns(cells, width)) expect(widthOf(line)).toBeLessThanOrEqual(width);
    }),
  );
});
