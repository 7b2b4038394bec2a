import { expect, test } from 'vitest';
import { createLatencies } from './latencies.ts';

const summaryOf = (times: readonly number[]) => {
  const latencies = createLatencies();
  for (const ms of times) latencies.add(ms);
  return latencies.summary();
};
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

test.each<[string, number[], { count: number; p50Ms: number; p95Ms: number }]>([
  ['nothing', [], { count: 0, p50Ms: 0, p95Ms: 0 }],
  ['one', [1.26], { count: 1, p50Ms: 1.3, p95Ms: 1.3 }],
  ['in any order', [9, 1, 5], { count: 3, p50Ms: 5, p95Ms: 9 }],
  ['a hundred', upTo(100), { count: 100, p50Ms: 50, p95Ms: 95 }],
  ['the last 500 of more', [...upTo(1000).map(() => 9999), ...upTo(500)], { count: 1500, p50Ms: 250, p95Ms: 475 }],
])('the summary of %s', (_, times, expected) => {
  expect(summaryOf(times)).toEqual(expected);
});
