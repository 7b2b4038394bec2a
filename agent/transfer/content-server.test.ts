import {
  appendFileSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { type Recorded, type Stat, unheardOf } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { hashBuffer } from '../scan/hash.ts';
import { lstatPath } from '../scan/lstat.ts';
import { type ContentPart, createContentServer } from './content-server.ts';

const SMALL = 100;
const path = (text: string) => text as RelPath;

let root: AbsPath;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dsync-serve-')) as AbsPath;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function toStat(fd: number): Stat {
  const { ino, size, mtimeNs, mode } = fstatSync(fd, { bigint: true });
  return { ino, sizeBytes: Number(size), mtimeNs, mode: Number(mode) };
}

function createScene() {
  const parts: ContentPart[] = [];
  const gone: number[] = [];
  let arrivedBytes = 0;
  const recordByPath = new Map<RelPath, Recorded>();
  const server = createContentServer({
    find: (at) => recordByPath.get(at),
    absPath: (at) => childPath(root, at),
    toStat,
    contentOf: (record) => {
      const bytes = readFileSync(childPath(root, record.path));
      return hashBuffer(bytes) === record.hash ? bytes : undefined;
    },
    smallBytes: SMALL,
    window: { starts: () => undefined, arrived: (bytes) => (arrivedBytes += bytes) },
    send: (sent) => parts.push(...sent.map((part) => ({ ...part, bytes: Buffer.from(part.bytes) }))),
    gone: (id) => gone.push(id),
    whenRoom: (callback) => callback(),
    onFailure: (at, error) => {
      throw new Error(`${at} failed`, { cause: error });
    },
  });
  const write = (name: string, bytes: Buffer): string => {
    const at = childPath(root, name);
    writeFileSync(at, bytes);
    const hash = hashBuffer(bytes);
    const stat = lstatPath(at);
    recordByPath.set(path(name), {
      ...unheardOf(path(name)),
      kind: 'file',
      sizeBytes: bytes.length,
      hash,
      seq: 1,
      stat,
      racy: false,
      from: undefined,
    });
    return hash;
  };
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  };
  return { server, parts, gone, write, until, recordByPath, arrivedBytes: () => arrivedBytes };
}

const bytesOf = (parts: readonly ContentPart[], id: number) =>
  Buffer.concat(parts.filter((part) => part.id === id).map(({ bytes }) => bytes));

describe('a content server', () => {
  test('sends small files whole, many to a message', async () => {
    const { server, parts, write, until } = createScene();
    const items = ['a', 'b', 'c'].map((name, id) => ({
      id,
      path: path(name),
      hash: write(name, Buffer.from(name)),
      offset: 0,
    }));
    server.wanted(items);
    await until(() => server.waiting === 0);
    expect(parts).toEqual(items.map(({ id, path: name }) => ({ id, offset: 0, bytes: Buffer.from(name), last: true })));
  });

  test('sends a large file as far as there is credit, and goes on with more', async () => {
    const { server, parts, write, until, arrivedBytes } = createScene();
    const content = Buffer.alloc(500_000, 'large');
    const hash = write('a', content);
    server.wanted([{ id: 1, path: path('a'), hash, offset: 0 }]);
    server.credit(1, 200_000);
    await until(() => bytesOf(parts, 1).length === 200_000);
    expect(parts.every(({ last }) => !last)).toBe(true);
    server.credit(1, 150_000);
    server.credit(1, 500_000);
    await until(() => server.waiting === 0);
    // The first credit tells nothing of what has come.
    expect(arrivedBytes()).toBe(300_000);
    expect(bytesOf(parts, 1).equals(content)).toBe(true);
    expect(parts.map(({ last }) => last).lastIndexOf(false)).toBe(parts.length - 2);
    let at = 0;
    for (const part of parts) {
      expect(part.offset).toBe(at);
      at += part.bytes.length;
    }
  });

  test.each([
    { offset: 0, steps: [1] },
    { offset: 0, steps: [1_048_576, 1_048_577, 2_900_000] },
    { offset: 131_071, steps: [700_001, 1_500_000, 2_097_152] },
    { offset: 2_621_443, steps: [] },
  ])('sends a file that is read in several pieces as it is, from $offset with credit up to $steps', async (given) => {
    const { server, parts, write, until } = createScene();
    const content = Buffer.from(Uint32Array.from({ length: 655_361 }, (_, i) => i).buffer).subarray(0, 2_621_443);
    const hash = write('a', content);
    server.wanted([{ id: 1, path: path('a'), hash, offset: given.offset }]);
    for (const upTo of given.steps) {
      server.credit(1, upTo);
      await until(() => given.offset + bytesOf(parts, 1).length >= Math.min(upTo, content.length));
    }
    server.credit(1, content.length);
    await until(() => server.waiting === 0);
    expect(bytesOf(parts, 1).equals(content.subarray(given.offset))).toBe(true);
    expect(parts.filter(({ last }) => last)).toEqual([parts.at(-1)]);
  });

  test('sends the rest of what was there already', async () => {
    const { server, parts, write, until } = createScene();
    const content = Buffer.alloc(300, 'x');
    const hash = write('a', content);
    server.wanted([
      { id: 1, path: path('a'), hash, offset: 200 },
      { id: 2, path: path('a'), hash, offset: 300 },
    ]);
    server.credit(1, 1000);
    server.credit(2, 1000);
    await until(() => server.waiting === 0);
    expect(parts.sort((a, b) => a.id - b.id)).toEqual([
      { id: 1, offset: 200, bytes: content.subarray(200), last: true },
      { id: 2, offset: 300, bytes: Buffer.alloc(0), last: true },
    ]);
  });

  test.each<
    [string, (write: (name: string, bytes: Buffer) => string) => { path: RelPath; hash: string; offset: number }]
  >([
    ['that was never there', () => ({ path: path('none'), hash: hashBuffer('x'), offset: 0 })],
    [
      'whose content is another by now',
      (write) => {
        write('a', Buffer.from('x'));
        return { path: path('a'), hash: hashBuffer('y'), offset: 0 };
      },
    ],
    [
      'that was saved and not looked at yet',
      (write) => {
        const hash = write('a', Buffer.from('x'));
        writeFileSync(childPath(root, 'a'), 'y');
        return { path: path('a'), hash, offset: 0 };
      },
    ],
    [
      'that is large and was saved and not looked at yet',
      (write) => {
        const hash = write('a', Buffer.alloc(500));
        writeFileSync(childPath(root, 'a'), 'y');
        return { path: path('a'), hash, offset: 0 };
      },
    ],
    ['from beyond its end', (write) => ({ path: path('a'), hash: write('a', Buffer.alloc(500)), offset: 501 })],
    [
      'in whose place a symlink stands',
      (write) => {
        const hash = write('a', Buffer.alloc(500));
        rmSync(childPath(root, 'a'));
        writeFileSync(childPath(root, 'secret'), Buffer.alloc(500));
        symlinkSync('secret', childPath(root, 'a'));
        return { path: path('a'), hash, offset: 0 };
      },
    ],
    [
      'in whose place a folder stands',
      (write) => {
        const hash = write('a', Buffer.alloc(500));
        rmSync(childPath(root, 'a'));
        mkdirSync(childPath(root, 'a'));
        return { path: path('a'), hash, offset: 0 };
      },
    ],
  ])('says that a file is gone %s', async (_, make) => {
    const { server, parts, gone, write, until } = createScene();
    server.wanted([{ id: 7, ...make(write) }]);
    server.credit(7, 10_000);
    await until(() => gone.length > 0);
    expect([gone, parts, server.waiting]).toEqual([[7], [], 0]);
  });

  test('says that a large file is gone that was written to on the way', async () => {
    const { server, parts, gone, write, until } = createScene();
    const hash = write('a', Buffer.alloc(500_000));
    server.wanted([{ id: 1, path: path('a'), hash, offset: 0 }]);
    server.credit(1, 100_000);
    await until(() => bytesOf(parts, 1).length === 100_000);
    writeFileSync(childPath(root, 'a'), Buffer.alloc(500_000, 'x'));
    server.credit(1, 500_000);
    await until(() => gone.length > 0);
    expect(parts.some(({ last }) => last)).toBe(false);
    expect(server.waiting).toBe(0);
  });

  test('sends of a file that grew what was recorded', async () => {
    const { server, parts, write, until } = createScene();
    const content = Buffer.alloc(500_000, 'log');
    const hash = write('a', content);
    appendFileSync(childPath(root, 'a'), 'more');
    server.wanted([{ id: 1, path: path('a'), hash, offset: 0 }]);
    server.credit(1, 100_000);
    await until(() => bytesOf(parts, 1).length === 100_000);
    appendFileSync(childPath(root, 'a'), 'and more');
    server.credit(1, 600_000);
    await until(() => server.waiting === 0);
    expect(bytesOf(parts, 1).equals(content)).toBe(true);
  });

  test('sends nothing more of what was cancelled, or once it is closed', async () => {
    const { server, parts, gone, write, until } = createScene();
    const hash = write('a', Buffer.alloc(500_000));
    for (const id of [1, 2]) {
      server.wanted([{ id, path: path('a'), hash, offset: 0 }]);
      server.credit(id, 100_000);
    }
    await until(() => bytesOf(parts, 1).length === 100_000 && bytesOf(parts, 2).length === 100_000);
    const before = parts.length;
    server.cancel(1);
    server.credit(1, 500_000);
    server.close();
    server.credit(2, 500_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect([parts.length, gone, server.waiting]).toEqual([before, [], 0]);
  });
});
