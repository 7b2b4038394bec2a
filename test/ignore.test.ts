import { existsSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { testPair } from './harness/e2e.ts';
import { until } from './harness/eventually.ts';
import { diffLiteral, writeTree } from './harness/tree.ts';

test('what is built again is not synced, what is merely secret is', async () => {
  await using pair = await testPair({
    files: { a: { 'app/main': '1', 'app/node_modules/x/y': '2', 'app/__pycache__/z.pyc': '3', 'app/.env': 'KEY=1' } },
  });
  const synced = { 'app/main': '1', 'app/.env': 'KEY=1' };
  await until('the rest is there', () => diffLiteral(synced, pair.b.tree()) === undefined);
  writeTree(pair.b.root, { 'app/node_modules/of-b': '4', 'app/new': '5' });
  await until('it came back', () => existsSync(pair.a.path('app/new')));
  await pair.a.synced();
  expect(existsSync(pair.a.path('app/node_modules/of-b'))).toBe(false);
  await pair.a.dsync('verify');
});

test('.dsyncignore takes effect at once, and forgets without deleting', async () => {
  await using pair = await testPair({ files: { a: { 'a.log': '1', 'sub/b.log': '1', keep: '1' } } });
  await pair.inSync();
  writeTree(pair.a.root, { '.dsyncignore': '*.log\n' });
  await pair.inSync();
  writeTree(pair.a.root, { 'a.log': '2', 'new.log': '2', keep: '2' });
  await until('the other edit arrived', () => diffLiteral({ keep: '2' }, only(pair.b.tree(), 'keep')) === undefined);
  await pair.a.synced();
  expect(diffLiteral({ '.dsyncignore': '*.log\n', 'a.log': '1', 'sub/b.log': '1', keep: '2' }, pair.b.tree())).toBe(
    undefined,
  );
  unlinkSync(pair.b.path('.dsyncignore'));
  await until('what is no longer ignored was created', () => existsSync(pair.b.path('new.log')));
  await pair.inSync();
});

test('a folder that is renamed out of the ignored ones is synced, and back again', async () => {
  await using pair = await testPair({ files: { a: { 'node_modules/x': '1', keep: '1' } } });
  await pair.holdsOn('b', { keep: '1' });
  renameSync(pair.a.path('node_modules'), pair.a.path('modules'));
  await pair.holds({ 'modules/x': '1', keep: '1' });
  renameSync(pair.a.path('modules'), pair.a.path('node_modules'));
  await pair.holdsOn('b', { keep: '1' });
  expect(existsSync(pair.a.path('node_modules/x'))).toBe(true);
});

test('ignored files stay where the folder around them is deleted', async () => {
  await using pair = await testPair({ files: { a: { 'app/main': '1' } } });
  await pair.inSync();
  writeTree(pair.b.root, { 'app/node_modules/x': 'of b' });
  rmSync(pair.a.path('app'), { recursive: true });
  await until('the file is gone', () => !existsSync(pair.b.path('app/main')));
  await pair.a.synced();
  expect(existsSync(pair.b.path('app/node_modules/x'))).toBe(true);
});

test('dsync ignored names the rule', async () => {
  await using pair = await testPair({ files: { a: { '.dsyncignore': '*.tmp\n', 'x.tmp': '1', y: '1' } } });
  await pair.a.synced();
  const ask = async (path: string) => JSON.parse(await pair.a.dsync('ignored', pair.a.path(path), '--json'));
  expect(await ask('x.tmp')).toMatchObject({ ignored: true, rule: '*.tmp' });
  expect(await ask('y')).toMatchObject({ ignored: false });
  expect(await ask('deep/node_modules/z')).toMatchObject({ ignored: true });
});

function only<T>(tree: ReadonlyMap<string, T>, path: string): ReadonlyMap<string, T> {
  return new Map([...tree].filter(([each]) => each === path));
}
