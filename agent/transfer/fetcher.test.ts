import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { RelPath } from '../core/rel-path.ts';
import { createHasher, hashBuffer } from '../scan/hash.ts';
import { createFetcher, type Fetched } from './fetcher.ts';

const WINDOW_BYTES = 1 << 20;
const SMALL = 100;
const invalid = expect.objectContaining({ code: 'PEER_INVALID' });
const path = (text: string) => text as RelPath;
const slice = () => new Promise((resolve) => setImmediate(resolve));

let stage: AbsPath;
beforeEach(() => {
  stage = mkdtempSync(join(tmpdir(), 'dsync-fetch-')) as AbsPath;
});
afterEach(() => rmSync(stage, { recursive: true, force: true }));

function createScene() {
  const asked: { id: number; path: RelPath; hash: string; offset: number }[][] = [];
  const credits: [number, number][] = [];
  const fetched: Fetched[] = [];
  const fetcher = createFetcher({
    ask: (items) => asked.push(items),
    credit: (id, upTo) => credits.push([id, upTo]),
    stageFor: (hash) => childPath(stage, hash),
    createHasher,
    smallBytes: SMALL,
    window: { bytes: WINDOW_BYTES, bytesPerSecond: 0, starts: () => undefined, arrived: () => undefined },
  });
  const want = (name: string, bytes: Uint8Array) =>
    fetcher.want({ path: path(name), hash: hashBuffer(bytes), sizeBytes: bytes.length }, (done) => fetched.push(done));
  return { fetcher, asked, credits, fetched, want };
}

/** What came, read where it lies. */
const contentsOf = (fetched: readonly Fetched[]) =>
  fetched.map((each) => {
    if (each.kind !== 'content') return each.kind;
    return typeof each.content === 'string' ? readFileSync(each.content) : each.content;
  });

const small = Buffer.from('small');
const large = Buffer.alloc(1000, 'large');

describe('small content', () => {
  test('is asked for many at a time, each content once', async () => {
    const { fetcher, asked, fetched, want } = createScene();
    want('a', small);
    want('b', Buffer.from('other'));
    want('same as a', small);
    expect(asked).toEqual([]);
    await slice();
    expect(asked.map((items) => items.map((item) => item.path))).toEqual([['a', 'b']]);
    fetcher.received({ id: 1, offset: 0, bytes: small, last: true });
    expect(fetched).toEqual([
      { kind: 'content', content: small },
      { kind: 'content', content: small },
    ]);
    fetcher.received({ id: 2, offset: 0, bytes: Buffer.from('other'), last: true });
    expect([fetcher.waiting, fetcher.waitingBytes]).toEqual([0, 0]);
  });

  test('that is gone from one path is asked for at the others', async () => {
    const { fetcher, asked, fetched, want } = createScene();
    for (const name of ['moved away', 'moved here', 'copied there']) want(name, small);
    await slice();
    fetcher.gone(1);
    expect(fetched).toEqual([{ kind: 'gone' }]);
    await slice();
    expect(asked.flat().map((item) => item.path)).toEqual(['moved away', 'moved here']);
    fetcher.received({ id: 2, offset: 0, bytes: small, last: true });
    expect(fetched.slice(1)).toEqual([
      { kind: 'content', content: small },
      { kind: 'content', content: small },
    ]);
    expect([fetcher.waiting, fetcher.waitingBytes]).toEqual([0, 0]);
  });

  test.each<[string, { offset?: number; bytes?: Buffer; last?: boolean; id?: number }]>([
    ['of another hash', { bytes: Buffer.from('smell') }],
    ['of another size', { bytes: Buffer.from('smaller') }],
    ['in parts', { last: false }],
    ['from the middle', { offset: 1 }],
    ['that nobody asked for', { id: 99 }],
  ])('%s is refused', async (_, part) => {
    const { fetcher, fetched, want } = createScene();
    want('a', small);
    await slice();
    expect(() => fetcher.received({ id: 1, offset: 0, bytes: small, last: true, ...part })).toThrow(invalid);
    expect(fetched).toEqual([]);
  });

  test('that is gone says so, and the next is asked for', async () => {
    const { fetcher, fetched, want } = createScene();
    want('a', small);
    await slice();
    fetcher.gone(1);
    fetcher.gone(1);
    expect(fetched).toEqual([{ kind: 'gone' }]);
    expect([fetcher.waiting, fetcher.waitingBytes]).toEqual([0, 0]);
  });

  test('is asked for only as much as may arrive at once', async () => {
    const { fetcher, asked, want } = createScene();
    const contents = Array.from({ length: 600 }, (_, n) => Buffer.from(`content ${n}`));
    for (const [n, content] of contents.entries()) want(`f${n}`, content);
    await slice();
    expect(asked.map((items) => items.length)).toEqual([512]);
    expect(fetcher.waiting).toBe(600);
    for (const [n, content] of contents.slice(0, 200).entries())
      fetcher.received({ id: n + 1, offset: 0, bytes: content, last: true });
    await slice();
    expect(asked.map((items) => items.length)).toEqual([512, 88]);
  });

  test('that is wanted when it is closed is never called back', async () => {
    const { fetcher, asked, fetched, want } = createScene();
    want('a', small);
    fetcher.close();
    await slice();
    expect([asked, fetched, fetcher.waiting]).toEqual([[], [], 0]);
  });
});

describe('large content', () => {
  test('comes in parts into the stage', async () => {
    const { fetcher, asked, credits, fetched, want } = createScene();
    want('a', large);
    await slice();
    expect(asked).toEqual([[{ id: 1, path: 'a', hash: hashBuffer(large), offset: 0 }]]);
    expect(credits).toEqual([[1, WINDOW_BYTES]]);
    fetcher.received({ id: 1, offset: 0, bytes: large.subarray(0, 300), last: false });
    expect(fetched).toEqual([]);
    fetcher.received({ id: 1, offset: 300, bytes: large.subarray(300), last: true });
    expect(contentsOf(fetched)).toEqual([large]);
  });

  test('goes on where an earlier try ended', async () => {
    const at = childPath(stage, hashBuffer(large));
    writeFileSync(at, large.subarray(0, 400));
    const { fetcher, asked, fetched, want } = createScene();
    want('a', large);
    await vi.waitUntil(() => asked.length > 0);
    expect(asked[0]?.[0]?.offset).toBe(400);
    fetcher.received({ id: 1, offset: 400, bytes: large.subarray(400), last: true });
    expect(contentsOf(fetched)).toEqual([large]);
  });

  test('begins anew where more lies in the stage than it has', async () => {
    writeFileSync(childPath(stage, hashBuffer(large)), Buffer.alloc(2000));
    const { asked, want } = createScene();
    want('a', large);
    await slice();
    expect(asked[0]?.[0]?.offset).toBe(0);
  });

  test('that was damaged in the stage is asked for anew', async () => {
    writeFileSync(childPath(stage, hashBuffer(large)), Buffer.alloc(400, 'wrong'));
    const { fetcher, asked, fetched, want } = createScene();
    want('a', large);
    await vi.waitUntil(() => asked.length > 0);
    fetcher.received({ id: 1, offset: 400, bytes: large.subarray(400), last: true });
    await vi.waitUntil(() => asked.length > 1);
    expect(asked[1]).toMatchObject([{ id: 1, offset: 0 }]);
    fetcher.received({ id: 1, offset: 0, bytes: large, last: true });
    expect(contentsOf(fetched)).toEqual([large]);
    expect([fetcher.waiting, fetcher.waitingBytes]).toEqual([0, 0]);
  });

  test('of another hash is not taken, and leaves nothing behind', async () => {
    const { fetcher, fetched, want } = createScene();
    want('a', large);
    await slice();
    fetcher.received({ id: 1, offset: 0, bytes: Buffer.alloc(1000), last: true });
    expect(fetched).toMatchObject([{ kind: 'failed' }]);
    expect(existsSync(childPath(stage, hashBuffer(large)))).toBe(false);
  });

  test('that two paths have comes for each, though the first is moved away, whenever that is', async () => {
    for (const movedAt of ['at once', 'when the second is asked for', 'when the second came']) {
      const { fetcher, asked, fetched, want } = createScene();
      const take = () => {
        const [first] = fetched;
        if (first?.kind === 'content' && typeof first.content === 'string')
          renameSync(first.content, join(stage, 'taken'));
      };
      const answer = (n: number) => {
        const [item] = asked[n] ?? [];
        if (item === undefined) throw new Error('nothing was asked for');
        fetcher.received({ id: item.id, offset: item.offset, bytes: large.subarray(item.offset), last: true });
      };
      want('a', large);
      want('b', large);
      want('c', large);
      await slice();
      answer(0);
      if (movedAt === 'at once') take();
      await slice();
      if (movedAt === 'when the second is asked for') take();
      answer(1);
      if (movedAt === 'when the second came') take();
      expect(contentsOf(fetched.slice(1))).toEqual([large]);
      await slice();
      answer(2);
      expect(contentsOf(fetched.slice(1))).toEqual([large, large]);
      expect(readFileSync(join(stage, 'taken')).equals(large)).toBe(true);
      expect([fetcher.waiting, fetcher.waitingBytes]).toEqual([0, 0]);
      fetcher.close();
    }
  });

  test.each<[string, { offset?: number; bytes?: Buffer; last?: boolean }]>([
    ['that is more than it has', { bytes: Buffer.alloc(1001) }],
    ['from elsewhere', { offset: 5 }],
    ['that ends too early', { bytes: large.subarray(0, 300) }],
  ])('%s is refused', async (_, part) => {
    const { fetcher, fetched, want } = createScene();
    want('a', large);
    await slice();
    expect(() => fetcher.received({ id: 1, offset: 0, bytes: large, last: true, ...part })).toThrow(invalid);
    expect(fetched).toEqual([]);
    fetcher.close();
  });

  test('gets credit as it comes, and is refused beyond it', async () => {
    const { fetcher, credits } = createScene();
    const sizeBytes = 3 * WINDOW_BYTES;
    fetcher.want({ path: path('huge'), hash: hashBuffer('huge'), sizeBytes }, () => undefined);
    await slice();
    const part = Buffer.alloc(WINDOW_BYTES / 2);
    fetcher.received({ id: 1, offset: 0, bytes: part, last: false });
    expect(credits.at(-1)).toEqual([1, WINDOW_BYTES + part.length]);
    fetcher.received({ id: 1, offset: part.length, bytes: part, last: false });
    const more = Buffer.alloc(WINDOW_BYTES + 1);
    expect(() => fetcher.received({ id: 1, offset: 2 * part.length, bytes: more, last: false })).toThrow(invalid);
    fetcher.close();
  });

  test('that cannot be stored fails, and the rest goes on', async () => {
    const { fetcher, fetched, want } = createScene();
    rmSync(stage, { recursive: true });
    want('a', large);
    want('b', small);
    await slice();
    fetcher.received({ id: 2, offset: 0, bytes: small, last: true });
    expect(fetched.map(({ kind }) => kind)).toEqual(['failed', 'content']);
    expect(fetcher.waiting).toBe(0);
  });
});
