import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { testPair } from './harness/e2e.ts';
import { eventually } from './harness/eventually.ts';
import { writeTree } from './harness/tree.ts';

const canMount = process.platform === 'linux' && process.getuid?.() === 0;

test.skipIf(!canMount)('a disk that is full is listed, takes what fits, and goes on when there is room', async () => {
  let disk = '';
  await using pair = await testPair({
    prepare({ b }) {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', b]);
      disk = b;
    },
  });
  try {
    const small = (from: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`d/small ${from + i}`, `${from + i}`]));
    writeTree(pair.a.root, small(0));
    pair.place(pair.a, 'large', randomBytes(40 << 20));
    for (let i = 0; i < 30; i++) writeTree(pair.a.root, { [`d/medium ${i}`]: randomBytes(900_000) });
    await eventually(async () => {
      const codes = (await pair.b.status()).roots[0]?.problems.map(({ path, code }) => `${path}: ${code}`);
      expect(codes).toContain('large: DISK_FULL');
      expect(codes?.some((each) => each.startsWith('d/medium'))).toBe(true);
    });
    // The folders of what is small were made before there was no room for them.
    writeTree(pair.a.root, { 'd/small 0': 'again' });
    const waited = await pair.a.run('wait', '--timeout', '1');
    expect([waited.code, waited.stderr]).toEqual([1, expect.stringMatching(/problem/)]);
    execFileSync('mount', ['-o', 'remount,size=200m', disk]);
    await pair.b.run('sync');
    await pair.inSync();
    expect((await pair.b.status()).roots[0]?.problems).toEqual([]);
  } finally {
    execFileSync('umount', ['-l', disk]);
  }
});
