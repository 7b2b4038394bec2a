import { rmSync, unlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { testPair } from './harness/e2e.ts';
import { eventually } from './harness/eventually.ts';
import type { TestHost } from './harness/host.ts';
import type { Pair } from './harness/pair.ts';
import { readTree, writeTree } from './harness/tree.ts';

/** Both hosts act without knowing of each other. */
async function apart(pair: Pair, act: () => void): Promise<void> {
  pair.proxy.cut();
  act();
  // Each has to have seen its own change as one made apart.
  for (const host of [pair.a, pair.b]) await host.dsync('sync');
  pair.proxy.restore();
  await pair.inSync();
}

async function conflictsOn(host: TestHost): Promise<{ path: string; copy: string; author: string }[]> {
  return JSON.parse(await host.dsync('conflicts', '--json')).conflicts;
}

/** Contents of the files below, conflict copies included, sorted. */
function contents(host: TestHost): string[] {
  const nodes = [...readTree(host.root, { conflictCopies: true }).values()];
  return nodes.flatMap((node) => (node.kind === 'file' ? [node.preview] : [])).sort();
}

async function disagree(): Promise<Pair> {
  const pair = await testPair({ files: { a: { 'src/main': 'common' } } });
  await pair.inSync();
  await apart(pair, () => {
    writeTree(pair.a.root, { 'src/main': 'of a' });
    writeTree(pair.b.root, { 'src/main': 'of b' });
  });
  return pair;
}

test('an edit on each host keeps both, listed alike on both hosts', async () => {
  await using pair = await disagree();
  for (const host of [pair.a, pair.b]) {
    expect(contents(host)).toEqual(['of a', 'of b']);
    expect(await conflictsOn(host)).toMatchObject([{ path: 'src/main' }]);
    expect((await host.status()).roots[0]?.conflicts).toBe(1);
  }
  expect(await conflictsOn(pair.a)).toEqual(await conflictsOn(pair.b));
});

test.each([
  ['a', '--mine', ['of a']],
  ['a', '--theirs', ['of b']],
  ['b', '--mine', ['of b']],
  ['b', '--theirs', ['of a']],
  ['a', '--both', ['of a', 'of b']],
] as const)('on %s, dsync resolve %s settles it on both hosts', async (name, choice, expected) => {
  await using pair = await disagree();
  await pair[name].dsync('resolve', pair[name].path('src/main'), choice);
  await eventually(async () => {
    for (const host of [pair.a, pair.b]) {
      expect(contents(host)).toEqual(expected);
      expect(await conflictsOn(host)).toEqual([]);
    }
  });
  await pair.inSync();
  expect(readTree(pair.a.root).get('src/main')).toMatchObject({ kind: 'file' });
});

test('an edit outlives a concurrent deletion, whichever host made it', async () => {
  await using pair = await testPair({ files: { a: { 'd/f': '1', 'e/g': '1', 'e/h': '1' } } });
  await pair.inSync();
  await apart(pair, () => {
    unlinkSync(pair.a.path('d/f'));
    writeTree(pair.b.root, { 'd/f': 'edited on b' });
    rmSync(pair.b.path('e'), { recursive: true });
    writeTree(pair.a.root, { 'e/g': 'edited on a' });
  });
  await pair.holds({ 'd/f': 'edited on b', 'e/g': 'edited on a' });
  expect(await conflictsOn(pair.a)).toEqual([]);
});

test('a folder against a file at one path: the folder stays and the file is kept', async () => {
  await using pair = await testPair();
  await pair.inSync();
  await apart(pair, () => {
    writeTree(pair.a.root, { x: 'a file' });
    writeTree(pair.b.root, { 'x/y': 'in a folder' });
  });
  await pair.holds({ 'x/y': 'in a folder' });
  for (const host of [pair.a, pair.b]) expect(contents(host)).toEqual(['a file', 'in a folder']);
});

test('the same edit on both hosts is no conflict', async () => {
  await using pair = await testPair({ files: { a: { f: '1' } } });
  await pair.inSync();
  await apart(pair, () => {
    for (const host of [pair.a, pair.b]) writeTree(host.root, { f: 'same' });
  });
  await pair.holds({ f: 'same' });
  expect(await conflictsOn(pair.a)).toEqual([]);
});

test('what the other host deleted or replaced can be brought back', async () => {
  await using pair = await testPair({ files: { a: { deleted: 'was here', 'd/replaced': 'old' } } });
  await pair.inSync();
  unlinkSync(pair.a.path('deleted'));
  await pair.holds({ 'd/replaced': 'old' });
  await pair.b.dsync('restore', pair.b.path('deleted'));
  await pair.holds({ deleted: 'was here', 'd/replaced': 'old' });
  writeTree(pair.a.root, { 'd/replaced': 'new' });
  await pair.holds({ deleted: 'was here', 'd/replaced': 'new' });
  await pair.b.dsync('restore', pair.b.path('d/replaced'));
  await pair.holds({ deleted: 'was here', 'd/replaced': 'old' });
});
