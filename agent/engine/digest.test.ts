import { describe, expect, test } from 'vitest';
import { type Entry, type Recorded, unheardOf } from '../core/entry.ts';
import { compareRelPaths, type RelPath } from '../core/rel-path.ts';
import type { EpochId } from '../core/version.ts';
import type { IndexStore } from '../index/index-store.ts';
import { digestOf, listOf } from './digest.ts';

const { signal } = new AbortController();

function entry(path: string, change: Partial<Entry> = {}): Entry {
  return { ...unheardOf(path as RelPath), kind: 'file', mode: 0o644, hash: 'h', sizeBytes: 1, ...change };
}

/** In the order of the index, as its store has them. */
function indexOf(...entries: Entry[]): IndexStore {
  const records: Recorded[] = entries
    .sort((a, b) => compareRelPaths(a.path, b.path))
    .map((each, n) => ({ ...each, seq: n + 1, stat: undefined, racy: false, from: undefined }));
  return { records: () => records } as unknown as IndexStore;
}

async function listed(index: IndexStore, from = signal): Promise<[RelPath, string][]> {
  const all: [RelPath, string][] = [];
  for await (const part of listOf(index, from)) all.push(...part);
  return all;
}

const base = entry('a');

describe('digestOf()', () => {
  test.each<[string, Entry[]]>([
    ['another time', [entry('a', { mtimeNs: 5n })]],
    ['another version', [entry('a', { version: [['epoch-aa' as EpochId, 4]] })]],
    ['another author', [entry('a', { author: 'gpu/1' })]],
    ['tombstones beside it', [base, entry('b', { kind: 'tombstone', hash: '' })]],
  ])('is the same with %s', async (_, entries) => {
    expect(await digestOf(indexOf(...entries), signal)).toEqual(await digestOf(indexOf(base), signal));
  });

  test.each<[string, Entry[]]>([
    ['another path', [entry('b')]],
    ['another hash', [entry('a', { hash: 'i' })]],
    ['another mode', [entry('a', { mode: 0o755 })]],
    ['another kind', [entry('a', { kind: 'symlink', mode: 0, target: 'x' })]],
    ['one more', [base, entry('b')]],
    ['one less', []],
    ['a tombstone in its place', [entry('a', { kind: 'tombstone', hash: '' })]],
  ])('differs with %s', async (_, entries) => {
    expect((await digestOf(indexOf(...entries), signal)).digest).not.toBe(
      (await digestOf(indexOf(base), signal)).digest,
    );
  });

  test('counts live entries', async () => {
    const index = indexOf(base, entry('b', { kind: 'folder', hash: '' }), entry('c', { kind: 'tombstone', hash: '' }));
    expect((await digestOf(index, signal)).entries).toBe(2);
  });

  test('ends with the reason it was aborted for', async () => {
    const index = indexOf(...Array.from({ length: 50_000 }, (_, n) => entry(`f${n}`)));
    await expect(digestOf(index, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});

test('listOf() says what each live entry is, in parts', async () => {
  const link = entry('link', { kind: 'symlink', mode: 0, hash: 't', target: 'x' });
  const folder = entry('d', { kind: 'folder', hash: '', mode: 0o755 });
  expect(await listed(indexOf(base, link, folder, entry('gone', { kind: 'tombstone' })))).toEqual([
    ['a', 'file 644 h'],
    ['d', 'folder 755'],
    ['link', 'symlink t'],
  ]);
  const many = indexOf(...Array.from({ length: 4500 }, (_, n) => entry(`f${n}`)));
  const sizes: number[] = [];
  for await (const part of listOf(many, signal)) sizes.push(part.length);
  expect(sizes).toEqual([2000, 2000, 500]);
});
