import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testPair } from './harness/e2e.ts';
import { until } from './harness/eventually.ts';
import { readTree, symlink, type TreeLiteral } from './harness/tree.ts';

test('two roots that both hold files become one', async () => {
  await using pair = await testPair({
    files: {
      a: { 'only-a': '1', 'src/a': '2', both: 'same', link: symlink('both') },
      b: { 'only-b': '3', 'src/b': '4', both: 'same' },
    },
  });
  await pair.holds({
    'only-a': '1',
    'only-b': '3',
    'src/a': '2',
    'src/b': '4',
    both: 'same',
    link: symlink('both'),
  });
  await pair.inSync();
  await pair.a.dsync('verify');
});

test('the same content merges silently, whatever the times are', async () => {
  const files: TreeLiteral = { 'd/f': 'same', g: 'too' };
  await using pair = await testPair({
    files: { a: files, b: files },
    prepare: ({ a }) => void execFileSync('touch', ['-d', '2001-01-01', join(a, 'd/f'), join(a, 'g')]),
  });
  await pair.holds(files);
  await pair.inSync();
  expect(JSON.parse(await pair.a.dsync('conflicts', '--json'))).toEqual({ conflicts: [] });
  expect(readTree(pair.a.root, { conflictCopies: true }).size).toBe(3);
});

test('different content keeps both: the later stays, the other becomes a conflict copy on both hosts', async () => {
  await using pair = await testPair({
    files: { a: { 'd/f': 'older, of a' }, b: { 'd/f': 'newer, of b' } },
    prepare: ({ a }) => void execFileSync('touch', ['-d', '2020-01-01', join(a, 'd/f')]),
  });
  await pair.holds({ 'd/f': 'newer, of b' });
  await pair.inSync();
  for (const host of [pair.a, pair.b]) {
    const { conflicts } = JSON.parse(await host.dsync('conflicts', '--json'));
    expect(conflicts).toMatchObject([{ path: 'd/f', sizeBytes: 'older, of a'.length }]);
    const copy = readTree(host.root, { conflictCopies: true }).get(conflicts[0].copy);
    expect(copy).toMatchObject({ kind: 'file', preview: 'older, of a' });
  }
});

test('a root that is missing on the other host is created there', async () => {
  await using pair = await testPair({ linked: false, files: { a: { 'd/f': 'x' } } });
  await pair.a.dsync('host', 'add', 'B', '--accept-new');
  await pair.a.dsync('root', 'add', pair.a.root, '--host', `B:${pair.b.path('deeper/than/that')}`);
  await pair.a.start();
  await pair.a.dsync('wait', '--timeout', '60');
  expect(readTree(pair.b.path('deeper/than/that'))).toEqual(pair.a.tree());
});

const FOLDERS = 400;
const FILES = 4;

/** `f7/2` and on: many folders with a few files in each. */
function manyFolders(): TreeLiteral {
  const numbers = Array.from({ length: FOLDERS * FILES }, (_, i) => i);
  return Object.fromEntries(numbers.map((i) => [`f${i % FOLDERS}/${Math.floor(i / FOLDERS)}`, `content ${i}`]));
}

function foldersIn(root: string): number {
  return readdirSync(root).filter((name) => name.startsWith('f')).length;
}

test('a first sync that is killed -9 on either side goes on, and makes nothing of its own of what had come', async () => {
  const files = manyFolders();
  await using pair = await testPair({ linked: false, files: { a: files } });
  const linked = pair.link();
  for (let kill = 1; kill <= 2; kill++) {
    await until(`some of it has come before kill ${kill}`, () => foldersIn(pair.b.root) >= (FOLDERS * kill) / 4);
    await (kill % 2 === 0 ? pair.a : pair.b).kill();
    if (kill % 2 === 0) await pair.a.start();
  }
  await linked;
  await pair.holds(files);
  await pair.inSync();
  expect(JSON.parse(await pair.a.dsync('conflicts', '--json'))).toEqual({ conflicts: [] });
  expect(readdirSync(pair.b.path('.dsync/local/stage'))).toEqual([]);
  await pair.a.dsync('verify');
});

test('a save in a folder that has come this moment is seen', async () => {
  const files = manyFolders();
  await using pair = await testPair({ linked: false, files: { a: files } });
  const linked = pair.link();
  const saved = new Map<string, string>();
  await until('saves in new folders', () => {
    for (const name of readdirSync(pair.b.root)) {
      const path = `${name}/0`;
      if (saved.has(path) || saved.size === 60 || !existsSync(pair.b.path(path))) continue;
      appendFileSync(pair.b.path(path), ', and more');
      saved.set(path, `${files[path]}, and more`);
    }
    return saved.size === 60;
  });
  await linked;
  await pair.holds({ ...files, ...Object.fromEntries(saved) });
});
