import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testPair } from './harness/e2e.ts';
import { eventually, until } from './harness/eventually.ts';
import type { TestHost } from './harness/host.ts';
import { diffLiteral, type TreeLiteral, writeTree } from './harness/tree.ts';

const MANY: TreeLiteral = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`d${i % 5}/f${i}`, `${i}`]));

async function stateOf(host: TestHost) {
  return (await host.status()).roots[0];
}

test('a root that vanished halts; nothing is deleted anywhere, and it goes on when it is back', async () => {
  await using pair = await testPair({ files: { a: MANY } });
  await pair.inSync();
  renameSync(pair.a.root, `${pair.a.root}.away`);
  mkdirSync(pair.a.root);
  await pair.a.run('sync');
  await until('the root halted', async () => (await stateOf(pair.a))?.state === 'halted');
  expect((await stateOf(pair.a))?.cure).toBeTruthy();
  expect(diffLiteral(MANY, pair.b.tree())).toBeUndefined();
  expect(pair.a.tree().size).toBe(0);
  rmSync(pair.a.root, { recursive: true });
  renameSync(`${pair.a.root}.away`, pair.a.root);
  await pair.a.dsync('resume');
  writeTree(pair.a.root, { after: 'x' });
  await pair.holds({ ...MANY, after: 'x' });
});

test('a marker that is gone halts the root', async () => {
  await using pair = await testPair({ files: { a: MANY } });
  await pair.inSync();
  await pair.a.kill();
  rmSync(pair.a.path('.dsync'), { recursive: true });
  for (let i = 0; i < 5; i++) rmSync(pair.a.path(`d${i}`), { recursive: true });
  await pair.a.start();
  await until('the root halted', async () => (await stateOf(pair.a))?.state === 'halted');
  expect(diffLiteral(MANY, pair.b.tree())).toBeUndefined();
});

test('a mass deletion waits for approval, while edits go on', async () => {
  const below = (folder: string, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${folder}/d${i % 4}/f${i}`, `${i}`]));
  await using pair = await testPair({ files: { a: { ...below('lost', 160), ...below('kept', 40) } } });
  await pair.inSync();
  // At once: of deletes with pauses in between, the first would go through.
  renameSync(pair.a.path('lost'), join(pair.folder, 'lost'));
  await until('the deletes are held', async () => ((await stateOf(pair.a))?.heldDeletes ?? 0) >= 160);
  writeTree(pair.a.root, { 'kept/edited': 'meanwhile' });
  await until('the edit arrived', () => pair.b.tree().has('kept/edited'));
  expect(pair.b.tree().has('lost/d0/f0')).toBe(true);
  const refused = await pair.a.run('approve');
  expect(refused.code).toBe(3);
  expect(refused.stdout).toContain('lost/d0/f0');
  expect((await pair.a.run('status')).code).toBe(3);
  expect(pair.b.tree().has('lost/d0/f0')).toBe(true);
  await pair.a.dsync('approve', '--yes');
  await pair.holds({ ...below('kept', 40), 'kept/edited': 'meanwhile' });
});

test('a mass deletion that is rejected comes back, also from a host that is linked later', async () => {
  await using pair = await testPair({ files: { a: MANY } });
  await pair.inSync();
  pair.proxy.cut();
  for (let i = 0; i < 5; i++) renameSync(pair.a.path(`d${i}`), join(pair.folder, `d${i}`));
  await until('the deletes are held', async () => ((await stateOf(pair.a))?.heldDeletes ?? 0) >= 200);
  expect(await pair.a.dsync('reject')).toContain('will come back');
  expect((await stateOf(pair.a))?.heldDeletes).toBe(0);
  pair.proxy.restore();
  await pair.holds(MANY);
  writeTree(pair.a.root, { 'd0/f0': 'edited after' });
  await pair.holds({ ...MANY, 'd0/f0': 'edited after' });
  expect(await pair.a.dsync('reject')).toContain('No deletes');
});

test('a few deletes of a large root need nobody', async () => {
  await using pair = await testPair({ files: { a: MANY } });
  await pair.inSync();
  rmSync(pair.a.path('d0'), { recursive: true });
  await pair.holds(Object.fromEntries(Object.entries(MANY).filter(([path]) => !path.startsWith('d0/'))));
});

test('a path that cannot be read is a listed problem, and the rest goes on', async ({ skip }) => {
  // Nobody is refused anything as root.
  skip(process.getuid?.() === 0, 'runs as root');
  await using pair = await testPair({ files: { a: { ok: '1', 'not mine': '2' } } });
  await pair.inSync();
  writeTree(pair.a.root, { secret: { kind: 'file', content: 'x', mode: 0o000 }, more: '3' });
  await until('the rest arrived', () => pair.b.tree().has('more'));
  await eventually(async () => {
    expect((await stateOf(pair.a))?.problems).toMatchObject([{ path: 'secret' }]);
  });
});
