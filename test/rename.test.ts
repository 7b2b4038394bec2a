import { randomBytes } from 'node:crypto';
import { renameSync } from 'node:fs';
import { expect, test } from 'vitest';
import { testPair } from './harness/e2e.ts';
import { until } from './harness/eventually.ts';
import type { TreeLiteral } from './harness/tree.ts';

/** For 1,000 files of 2 KiB. */
const MOST_BYTES = 300_000;

test('a folder of 1,000 files is renamed without sending their content again, from either host', async () => {
  const files: TreeLiteral = Object.fromEntries(
    Array.from({ length: 1000 }, (_, i) => [`folder/${i % 20}/file ${i}`, randomBytes(2048)]),
  );
  await using pair = await testPair({ files: { a: files } });
  await pair.inSync();
  for (const [host, other, from, to] of [
    [pair.a, pair.b, 'folder', 'renamed by a'],
    [pair.b, pair.a, 'renamed by a', 'renamed by b'],
  ] as const) {
    const before = pair.proxy.bytes();
    renameSync(host.path(from), host.path(to));
    await until('the rename arrived', () => other.tree().has(`${to}/19/file 999`) && !other.tree().has(from));
    await pair.inSync();
    const after = pair.proxy.bytes();
    const sentBytes = after.toTarget + after.fromTarget - before.toTarget - before.fromTarget;
    expect(sentBytes).toBeLessThan(MOST_BYTES);
  }
  expect((await pair.a.status()).roots[0]?.heldDeletes).toBe(0);
});
