import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createScratch } from './scratch.ts';
import { diffLiteral, diffTrees, file, folder, readTree, symlink, type TreeLiteral, writeTree } from './tree.ts';

const TREE: TreeLiteral = { 'src/a.ts': 'x', now: symlink('src'), empty: folder(0o750), 'run me': file('#!', 0o755) };

test('what a literal wrote is what is read, and no difference is found', () => {
  using scratch = createScratch('tree');
  writeTree(scratch.path, TREE);
  expect(diffLiteral(TREE, readTree(scratch.path))).toBeUndefined();
});

test.each<[string, TreeLiteral]>([
  ['content', { ...TREE, 'src/a.ts': 'y' }],
  ['a target', { ...TREE, now: symlink('sr') }],
  ['a mode', { ...TREE, empty: folder(0o700) }],
  ['a kind', { ...TREE, empty: 'x' }],
  ['a path that is missing', { ...TREE, 'src/b.ts': '' }],
  ['a path too many', { now: symlink('src') }],
])('diffLiteral() sees a difference in %s', (_, literal) => {
  using scratch = createScratch('tree');
  writeTree(scratch.path, TREE);
  expect(diffLiteral(literal, readTree(scratch.path))).toContain('expected:');
});

test('diffTrees() sees content, mode and a nanosecond of mtime, and names both sides', () => {
  using one = createScratch('tree');
  using two = createScratch('tree');
  for (const { path } of [one, two]) {
    writeTree(path, { a: 'x' });
    execFileSync('touch', ['-d', '@1700000000.123456789', join(path, 'a')]);
  }
  expect(diffTrees(readTree(one.path), readTree(two.path))).toBeUndefined();
  execFileSync('touch', ['-d', '@1700000000.123456788', join(two.path, 'a')]);
  expect(diffTrees(readTree(one.path), readTree(two.path), { names: ['here', 'there'] })).toMatch(
    /"a"\n {4}here: .*789.*\n {4}there: .*788/,
  );
});

test("a root's own files are left out, its conflict copies unless they are asked for", () => {
  using scratch = createScratch('tree');
  writeTree(scratch.path, { a: '', '.dsync/local/trash/b': '', '.dsync/conflicts/c/d': '' });
  expect([...readTree(scratch.path).keys()]).toEqual(['a']);
  expect([...readTree(scratch.path, { conflictCopies: true }).keys()].sort()).toEqual(['.dsync/conflicts/c/d', 'a']);
});
