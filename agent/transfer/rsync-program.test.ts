import { expect, test } from 'vitest';
import { blockBytesFor, isRsyncFlags } from './rsync-program.ts';

test.each(['-e.LsfxCIvu', '-Ie.LsfxC', '-e.'])('isRsyncFlags() takes %s', (flags) => {
  expect(isRsyncFlags(flags)).toBe(true);
});

test.each([
  '',
  '-I',
  '--daemon',
  '-re.LsfxC',
  '-lIe.LsfxC',
  '-e.Lsf --delete',
  '-e.Lsf\n',
  '-e.;sh',
  `-e.${'L'.repeat(99)}`,
])('isRsyncFlags() refuses %j', (flags) => {
  expect(isRsyncFlags(flags)).toBe(false);
});

test('blockBytesFor() stays within what rsync takes', () => {
  for (const sizeBytes of [0, 1, 1 << 20, 256 << 20, 2 ** 33, 2 ** 45]) {
    const block = blockBytesFor(sizeBytes);
    expect(block).toBeGreaterThanOrEqual(700);
    expect(block).toBeLessThanOrEqual(128 << 10);
  }
  expect(blockBytesFor(256 << 20)).toBe(43_352);
});
