import { describe, expect, test } from 'vitest';
import { type Entry, isLive, sameContent, sameStat, unheardOf } from './entry.ts';
import type { RelPath } from './rel-path.ts';
import { compareVersions, type EpochId } from './version.ts';

const file: Entry = {
  path: 'a' as RelPath,
  kind: 'file',
  sizeBytes: 3,
  mtimeNs: 5n,
  mode: 0o644,
  hash: 'h',
  target: '',
  version: [['epoch-aa' as EpochId, 1]],
  author: 'a/1',
};

describe('sameContent()', () => {
  test.each<[string, Partial<Entry>, boolean]>([
    ['another time', { mtimeNs: 6n }, true],
    ['another version and author', { version: [], author: 'b/2' }, true],
    ['another hash', { hash: 'i' }, false],
    ['another mode', { mode: 0o755 }, false],
    ['another kind', { kind: 'symlink' }, false],
    ['another target', { target: 'b' }, false],
  ])('%s: %s', (_, change, same) => {
    expect(sameContent(file, { ...file, ...change })).toBe(same);
    expect(sameContent({ ...file, ...change }, file)).toBe(same);
  });

  test('two tombstones are alike, whenever the deletions were', () => {
    expect(sameContent(unheardOf(file.path), { ...unheardOf(file.path), mtimeNs: 9n, author: 'x' })).toBe(true);
  });
});

test('unheardOf() is no live entry, and older than any', () => {
  const unknown = unheardOf(file.path);
  expect(isLive(unknown)).toBe(false);
  expect(isLive(undefined)).toBe(false);
  expect(isLive(file)).toBe(true);
  expect(compareVersions(file.version, unknown.version)).toBe('newer');
});

test.each([
  ['ino', 2n],
  ['sizeBytes', 2],
  ['mtimeNs', 2n],
  ['mode', 0o100600],
] as const)('sameStat() sees another %s', (key, value) => {
  const stat = { ino: 1n, sizeBytes: 1, mtimeNs: 1n, mode: 0o100644 };
  expect(sameStat(stat, { ...stat })).toBe(true);
  expect(sameStat(stat, { ...stat, [key]: value })).toBe(false);
});
