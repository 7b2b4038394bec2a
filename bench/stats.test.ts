import { expect, test } from 'vitest';
import { summarize } from './stats.ts';

test('percentiles are measured values, by nearest rank', () => {
  const samples = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(summarize(samples)).toEqual({ count: 100, p50: 50, p95: 95, min: 1, max: 100 });
  expect(summarize([3])).toEqual({ count: 1, p50: 3, p95: 3, min: 3, max: 3 });
});

test('nothing measured is an error, not a zero', () => {
  expect(() => summarize([])).toThrow('Nothing was measured');
});
