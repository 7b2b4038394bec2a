import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { open } from 'lmdb';
import { afterEach, describe, expect, test } from 'vitest';
import type { AbsPath } from '../../platform/abs-path.ts';
import { isLive, type Recorded, unheardOf } from '../core/entry.ts';
import { compareRelPaths, isBelow, type RelPath } from '../core/rel-path.ts';
import type { EpochId } from '../core/version.ts';
import { type IndexStore, openIndex } from './index-store.ts';

const path = (text: string) => text as RelPath;
const PEER = 'epoch-peer' as EpochId;

const file = (at: string, change: Partial<Omit<Recorded, 'seq'>> = {}): Omit<Recorded, 'seq'> => ({
  ...unheardOf(path(at)),
  kind: 'file',
  sizeBytes: 10,
  mtimeNs: 1_700_000_000_123_456_789n,
  mode: 0o644,
  hash: 'h',
  version: [[PEER, 3]],
  author: 'a/1',
  stat: { ino: 2n ** 60n, sizeBytes: 10, mtimeNs: 5n, mode: 0o100644 },
  racy: false,
  from: undefined,
  ...change,
});
const folder = (at: string) => file(at, { kind: 'folder', sizeBytes: 0, hash: '' });
const tombstone = (at: string) => file(at, { ...unheardOf(path(at)), stat: undefined });

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function tempFolder(): AbsPath {
  const at = mkdtempSync(join(tmpdir(), 'dsync-index-')) as AbsPath;
  closers.push(async () => rmSync(at, { recursive: true, force: true }));
  return at;
}

/** Closed with the test, unless the test did so. */
function opened(at: AbsPath = tempFolder()) {
  const index = openIndex(at);
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await index.close();
  };
  closers.push(close);
  return { at, index, close };
}

const pathsOf = (records: Iterable<Recorded>) => [...records].map((record) => record.path);

describe('an index', () => {
  test('gives back what was put, before and after it is committed, and when it is opened again', async () => {
    const { at, index, close } = opened();
    const put = [
      index.put(file('a/b', { target: 'é\n', from: PEER, racy: true })),
      index.put(folder('a')),
      index.put(tombstone('gone')),
      index.put(file('zero', { sizeBytes: 0, mtimeNs: 0n, version: [] })),
      index.put(file('large', { sizeBytes: 2 ** 45, mtimeNs: -1n, mode: 0o7777 })),
    ];
    expect(put.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    const same = (from: IndexStore) => expect(put.map((record) => from.get(record.path))).toEqual(put);
    same(index);
    await index.commit();
    same(index);
    expect(index.fresh).toBe(true);
    await close();
    const again = opened(at).index;
    same(again);
    expect(again.fresh).toBe(false);
    expect(again.epoch).toBe(index.epoch);
    expect(again.get(path('none'))).toBeUndefined();
  });

  test('walks depth first, a folder before what is in it', async () => {
    const { index } = opened();
    for (const name of ['b', 'a-b', 'a/b', 'a', 'a/b/c', 'a b', 'a.b', 'é']) index.put(file(name));
    await index.commit();
    expect(pathsOf(index.records())).toEqual(['a', 'a/b', 'a/b/c', 'a b', 'a-b', 'a.b', 'b', 'é']);
  });

  test('knows what was written last, each path once', async () => {
    const { index } = opened();
    for (const name of ['a', 'b', 'c', 'a']) index.put(file(name));
    await index.commit();
    expect(pathsOf(index.latest(2))).toEqual(['a', 'c']);
    expect(pathsOf(index.latest(9))).toEqual(['a', 'c', 'b']);
  });

  test('finds what is below a folder, committed or not, and nothing beside it', async () => {
    const { index } = opened();
    for (const name of ['a', 'a/x', 'a/gone', 'a-b', 'a-b/c', 'ab/c', 'b/a/x']) index.put(file(name));
    await index.commit();
    index.put(file('a/b/c'));
    index.put(file('a/x', { hash: 'new' }));
    index.forget(path('a/gone'));
    expect(pathsOf(index.below(path('a')))).toEqual(['a/b/c', 'a/x']);
    expect(index.below(path('a')).at(-1)?.hash).toBe('new');
    await index.commit();
    expect(pathsOf(index.below(path('a')))).toEqual(['a/b/c', 'a/x']);
    expect(index.below(path('a/x'))).toEqual([]);
  });

  test('lists no more than so many bytes of files, and larger ones beside them', async () => {
    const { index } = opened();
    for (const [name, sizeBytes] of Object.entries({ a: 4, b: 3, huge: 50, c: 4, d: 1, e: 1 }))
      index.put(file(name, { sizeBytes }));
    const namesSince = (seq: number, maxBytes: number) => pathsOf(index.since(seq, 100, maxBytes));
    const expectSo = () => {
      expect(namesSince(0, 10)).toEqual(['a', 'b', 'huge', 'c']);
      expect(namesSince(4, 10)).toEqual(['d', 'e']);
      expect(namesSince(0, 1)).toEqual(['a', 'b', 'huge', 'c', 'd']);
    };
    expectSo();
    await index.commit();
    expectSo();
  });

  test('lists what came after a number, each path once with its latest', async () => {
    const { index } = opened();
    index.put(file('a'));
    index.put(file('b'));
    await index.commit();
    index.put(file('c'));
    index.put(file('a', { hash: 'again' }));
    const numbersSince = (seq: number, limit = 100) =>
      index.since(seq, limit).map((record) => [record.path, record.seq]);
    const expected = [
      ['b', 2],
      ['c', 3],
      ['a', 4],
    ];
    expect(numbersSince(0)).toEqual(expected);
    const committing = index.commit();
    expect(numbersSince(0)).toEqual(expected);
    await committing;
    expect(numbersSince(0)).toEqual(expected);
    expect(numbersSince(0, 2)).toEqual(expected.slice(0, 2));
    expect(numbersSince(3)).toEqual(expected.slice(2));
    expect(numbersSince(4)).toEqual([]);
  });

  test('a commit holds all that waited, also what was written anew while it went on', async () => {
    const { index } = opened();
    for (let at = 0; at < 1_500; at++) index.put(file(`a${at}`));
    const committing = index.commit();
    for (let at = 0; at < 1_000; at++) index.put(file(`b${at}`));
    index.put(file('a1400', { hash: 'again' }));
    await committing;
    // Reads the database alone, not what waits.
    expect([...index.records()].find((record) => record.path === 'a1400')?.hash).toBe('again');
  });

  test('restat() changes what is known here, and no number', async () => {
    const { index } = opened();
    const a = index.put(file('a'));
    index.put(file('b'));
    await index.commit();
    index.restat({ ...a, racy: true });
    expect(index.get(a.path)).toEqual({ ...a, racy: true });
    expect(index.seq).toBe(2);
    expect(index.since(1, 10).map((record) => record.path)).toEqual(['b']);
    await index.commit();
    expect(index.since(0, 10).map((record) => record.seq)).toEqual([1, 2]);
    expect(index.get(a.path)?.racy).toBe(true);
  });

  test('forget() leaves no trace', async () => {
    const { at, index, close } = opened();
    index.put(file('a'));
    await index.commit();
    index.put(file('a', { hash: 'again' }));
    index.forget(path('a'));
    for (const commit of [async () => undefined, index.commit]) {
      await commit();
      expect(index.get(path('a'))).toBeUndefined();
      expect(index.since(0, 10)).toEqual([]);
    }
    expect(pathsOf(index.records())).toEqual([]);
    expect(index.counts).toEqual({ files: 0, folders: 0, bytes: 0 });
    await close();
    expect(opened(at).index.since(0, 10)).toEqual([]);
  });

  test('counts what is live', async () => {
    const { at, index, close } = opened();
    index.put(folder('d'));
    index.put(file('d/a', { sizeBytes: 5 }));
    index.put(file('d/a', { sizeBytes: 7 }));
    index.put(file('d/link', { kind: 'symlink', sizeBytes: 0 }));
    index.put(tombstone('never'));
    expect(index.counts).toEqual({ files: 2, folders: 1, bytes: 7 });
    index.put(tombstone('d/a'));
    await close();
    expect(opened(at).index.counts).toEqual({ files: 1, folders: 1, bytes: 0 });
  });

  test('keeps how far each peer was taken over', async () => {
    const { at, index, close } = opened();
    index.setCursor(PEER, 7);
    index.setCursor('epoch-other' as EpochId, 2);
    index.setCursor(PEER, 9);
    const expected = [
      [PEER, 9],
      ['epoch-other', 2],
    ];
    expect(index.cursors()).toEqual(expected);
    await close();
    expect(opened(at).index.cursors()).toEqual(expected);
  });

  test('goes on counting after it was closed', async () => {
    const { at, index, close } = opened();
    const reserved = index.nextSeq();
    expect(index.put(file('a'), reserved).seq).toBe(reserved);
    const { seq } = index.put(file('b'));
    expect(seq).toBe(reserved + 1);
    await close();
    const again = opened(at).index;
    expect(again.seq).toBe(seq);
    expect(again.put(file('c')).seq).toBe(seq + 1);
  });

  test('renewEpoch() begins another life that lasts', async () => {
    const { at, index, close } = opened();
    const first = index.epoch;
    index.renewEpoch();
    const second = index.epoch;
    expect(second).not.toBe(first);
    await close();
    expect(opened(at).index.epoch).toBe(second);
  });

  test('of another format is left as it is', async () => {
    const at = tempFolder();
    const env = open({ path: at, maxDbs: 4, noSubdir: false, encoding: 'binary', keyEncoding: 'binary' });
    await env.openDB({ name: 'meta', encoding: 'json' }).put('index', { format: 2 });
    await env.close();
    expect(() => openIndex(at)).toThrow(expect.objectContaining({ code: 'BAD_STATE' }));
  });
});

test('kill -9 never lets a number be used again', { timeout: 30_000 }, async () => {
  const at = tempFolder();
  const program = fileURLToPath(new URL('./fixtures/putter.ts', import.meta.url));
  let highest = 0;
  for (const enough of [1, 3000]) {
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), program, at], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.split('\n').length > enough) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const numbers = said.split('\n').slice(0, -1).map(Number);
    expect(numbers.length).toBeGreaterThanOrEqual(enough);
    expect(Math.min(...numbers)).toBeGreaterThan(highest);
    highest = Math.max(...numbers);
    const { index, close } = opened(at);
    expect(index.put(file('after')).seq).toBeGreaterThan(highest);
    highest = index.seq;
    await index.commit();
    for (const record of index.records()) expect(index.get(record.path)).toEqual(record);
    await close();
  }
});

describe('against a plain map', () => {
  const names = fc.constantFrom('a', 'a/b', 'a/b/c', 'a-b', 'a/é', 'b', 'b/x').map(path);
  type Op =
    | { readonly op: 'file' | 'folder' | 'tombstone' | 'forget' | 'restat' | 'below'; readonly at: RelPath }
    | { readonly op: 'commit' | 'awaitCommit' | 'reopen' }
    | { readonly op: 'since'; readonly share: number; readonly limit: number };
  const ops: fc.Arbitrary<Op> = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        op: fc.constantFrom('file' as const, 'folder' as const, 'tombstone' as const),
        at: names,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ op: fc.constantFrom('forget' as const, 'restat' as const, 'below' as const), at: names }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constantFrom('commit' as const, 'commit' as const, 'awaitCommit' as const, 'reopen' as const),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constant('since' as const),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        limit: fc.integer({ min: 1, max: 4 }),
      }),
    },
  );

  test('any order of calls, commits under way between them, is seen alike', { timeout: 30_000 }, async () => {
    const base = tempFolder();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(ops, { minLength: 1, maxLength: 40 }), async (calls) => {
        const at = join(base, String(run++)) as AbsPath;
        mkdirSync(at);
        let index = openIndex(at);
        const model = new Map<RelPath, Recorded>();
        const committing: Promise<void>[] = [];
        const bySeq = (after: number) =>
          [...model.values()].filter(({ seq }) => seq > after).sort((a, b) => a.seq - b.seq);
        const below = (folderPath: RelPath) =>
          [...model.values()]
            .filter((record) => isBelow(record.path, folderPath))
            .sort((a, b) => compareRelPaths(a.path, b.path));
        try {
          for (const call of calls) {
            switch (call.op) {
              case 'file':
              case 'folder':
              case 'tombstone': {
                const make = { file, folder, tombstone }[call.op];
                const put = index.put(make(call.at));
                expect(put.seq).toBe(index.seq);
                model.set(call.at, put);
                break;
              }
              case 'forget':
                index.forget(call.at);
                model.delete(call.at);
                break;
              case 'restat': {
                const known = model.get(call.at);
                if (known === undefined) break;
                const restated = { ...known, racy: !known.racy };
                index.restat(restated);
                model.set(call.at, restated);
                break;
              }
              case 'below':
                expect(index.below(call.at)).toEqual(below(call.at));
                break;
              case 'commit':
                committing.push(index.commit());
                await new Promise((resolve) => setImmediate(resolve));
                break;
              case 'awaitCommit':
                await index.commit();
                expect([...index.records()]).toEqual(
                  [...model.values()].sort((a, b) => compareRelPaths(a.path, b.path)),
                );
                break;
              case 'reopen':
                await index.close();
                index = openIndex(at);
                break;
              case 'since': {
                const after = Math.floor(call.share * (index.seq + 1));
                expect(index.since(after, call.limit)).toEqual(bySeq(after).slice(0, call.limit));
              }
            }
            for (const name of model.keys()) expect(index.get(name)).toEqual(model.get(name));
            const live = [...model.values()].filter(isLive);
            const folders = live.filter(({ kind }) => kind === 'folder').length;
            const bytes = live.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
            expect(index.counts).toEqual({ files: live.length - folders, folders, bytes });
            expect(index.since(0, 1000)).toEqual(bySeq(0));
          }
        } finally {
          await Promise.all(committing);
          await index.close();
          rmSync(at, { recursive: true, force: true });
        }
      }),
      { numRuns: 60 },
    );
  });
});
