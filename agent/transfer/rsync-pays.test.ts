import { expect, test } from 'vitest';
import { rsyncPays } from './rsync-pays.ts';

const MIB = 1 << 20;
const UNKNOWN = Number.POSITIVE_INFINITY;

test.each<[string, boolean, number, number | undefined, number, number]>([
  ['a large file, most of it known', true, 64 * MIB, 0.9, 150e6, 0.2],
  ['a large file, nothing of it known', false, 64 * MIB, 0, 150e6, 0.2],
  ['a large file, little of it known', false, 64 * MIB, 0.1, 150e6, 0.2],
  ['a large file that nobody has looked through', true, 64 * MIB, undefined, 150e6, 0.2],
  ['a small one on a quick line', false, 4 * MIB, 1, 150e6, 0.2],
  ['the same on a long line', false, 4 * MIB, 1, 60e6, 20],
  ['the same on a slow line', true, 4 * MIB, 1, 2e6, 20],
  ['a huge one, nothing of it known by samples', true, 2048 * MIB, 0, 150e6, 0.2],
  ['a line that is slow enough for a search', true, 64 * MIB, 0, 2e6, 20],
  ['a near line of which nothing is known', false, 4 * MIB, 1, UNKNOWN, 0.2],
  ['a far line of which nothing is known', true, 4 * MIB, 1, UNKNOWN, 20],
])('%s: %s', (_, pays, sizeBytes, share, bytesPerSecond, rttMs) => {
  expect(rsyncPays(sizeBytes, share, { bytesPerSecond, rttMs })).toBe(pays);
});
