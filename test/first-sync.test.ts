import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testPair } from './harness/e2e.ts';
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
