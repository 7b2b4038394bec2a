import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AbsPath } from '../../platform/abs-path.ts';
import type { RelPath } from '../core/rel-path.ts';
import { createHasher, hashBuffer } from '../scan/hash.ts';
import { BLOCK_BYTES, type Range } from './block-sums.ts';
import { createDifferenceQueue, type DifferenceQueue, type Made } from './difference-queue.ts';
import { createDifferenceSource, type DifferenceSource } from './difference-source.ts';
import type { Line } from './rsync-pays.ts';
import { createSumBook } from './sum-book.ts';

let folder: AbsPath;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsync-differences-')) as AbsPath;
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (name: string): AbsPath => join(folder, name) as AbsPath;

const NEAR = { bytesPerSecond: Number.POSITIVE_INFINITY, rttMs: 0 };

interface Between {
  readonly askPatch?: false;
  /** What the peer says in place of what is true. */
  readonly ranges?: (ranges: readonly Range[]) => readonly Range[];
  readonly data?: (bytes: Uint8Array) => Uint8Array;
}

/** Both ends in one process: the file `theirs` is to be made from `ours`. */
async function make(
  ours: Uint8Array,
  theirs: Uint8Array,
  between: Between = {},
): Promise<{ made: Made; sent: number }> {
  // One that nobody may write to is made anew all the same.
  writeFileSync(at('ours'), ours, { mode: 0o444 });
  writeFileSync(at('theirs'), theirs);
  const hash = hashBuffer(theirs);
  const found = { file: at('theirs'), hash, sizeBytes: theirs.length };
  let sent = 0;
  const whenRoom = (callback: () => void): void => void setImmediate(callback);
  const sums = createSumBook({ createHasher });
  const source: DifferenceSource = createDifferenceSource({
    rsync: undefined,
    find: () => found,
    sumsOf: createSumBook({ createHasher }).sumsOf,
    rsyncStarted: () => undefined,
    patchStarted(id, ranges) {
      queue.started(id, { kind: 'patch', ranges: between.ranges?.(ranges) ?? ranges });
    },
    unable: (id, reason) => queue.unable(id, reason),
    send(id, bytes, last) {
      const changed = between.data?.(bytes) ?? bytes;
      sent += changed.length;
      expect(queue.received(id, changed, last)).toBe(true);
    },
    credit: () => undefined,
    whenRoom,
  });
  const queue: DifferenceQueue = createDifferenceQueue({
    rsync: undefined,
    askRsync: () => undefined,
    askPatch: between.askPatch === false ? undefined : (item) => source.wanted(item),
    sums,
    onPart: ({ bytes, bytesDone }) => expect(bytesDone).toBeLessThanOrEqual(bytes),
    cancel: (id) => source.cancel(id),
    send: (id, bytes, last) => void source.received(id, bytes, last),
    credit: (id, upTo) => source.credited(id, upTo),
    whenRoom,
    line: () => NEAR,
    isHalfHere: () => false,
    stageFor: (content, way) => at(`${content}-${way}`),
    createHasher,
    hashOf: async (file) => hashBuffer(readFileSync(file)),
  });
  const basis = { file: at('ours'), hash: undefined, sizeBytes: ours.length };
  const made = await new Promise<Made>((resolve) =>
    queue.want({ path: 'f' as RelPath, hash, sizeBytes: theirs.length, basis }, resolve),
  );
  if (made.kind === 'content') {
    // What was noted beside it is what reading it again tells.
    const noted = await sums.sumsOf({ hash, file: at('missing'), sizeBytes: theirs.length });
    expect(noted).toEqual(await sums.sumsOf({ hash: undefined, file: made.content, sizeBytes: theirs.length }));
  }
  queue.close();
  source.close();
  return { made, sent };
}

const ours = randomBytes(80 * BLOCK_BYTES + 100);
const edited = (offset: number, bytes: Uint8Array): Buffer => {
  const content = Buffer.from(ours);
  content.set(bytes, offset);
  return content;
};

test.each<[string, Buffer, number]>([
  ['a byte', edited(BLOCK_BYTES * 3 + 5, Buffer.from('!')), BLOCK_BYTES],
  ['bytes on both sides of a border', edited(BLOCK_BYTES * 3 - 2, Buffer.from('1234')), 2 * BLOCK_BYTES],
  ['the first and the last', edited(0, Buffer.from('!')).fill('!', ours.length - 1), BLOCK_BYTES + 100],
  ['something behind', Buffer.concat([ours, randomBytes(3 * BLOCK_BYTES)]), 3 * BLOCK_BYTES + 100],
  ['less', ours.subarray(0, 70 * BLOCK_BYTES + 1), 1],
  ['less, up to a border', ours.subarray(0, 70 * BLOCK_BYTES), 0],
  [
    'more than may be under way at once',
    Buffer.concat([ours.subarray(0, 41 * BLOCK_BYTES), randomBytes(39 * BLOCK_BYTES + 100)]),
    39 * BLOCK_BYTES + 100,
  ],
])('%s: that alone is sent', async (_, theirs, sentBytes) => {
  const { made, sent } = await make(ours, theirs);
  expect(made.kind).toBe('content');
  if (made.kind === 'content') expect(readFileSync(made.content).equals(theirs)).toBe(true);
  expect(sent).toBe(sentBytes);
  expect(readFileSync(at('ours')).equals(ours)).toBe(true);
});

test.each<[string, Buffer, Between, RegExp]>([
  ['something in front', Buffer.concat([Buffer.from('in front'), ours]), {}, /too much of it differs/],
  ['another file', randomBytes(ours.length), {}, /too much of it differs/],
  ['a peer that knows no sums', edited(0, Buffer.from('!')), { askPatch: false }, /^$/],
  [
    'ranges that are none',
    edited(0, Buffer.from('!')),
    { ranges: () => [{ offset: 0, bytes: BLOCK_BYTES * 1000 }] },
    /makes no sense/,
  ],
  [
    'ranges that hold more',
    edited(0, Buffer.from('!')),
    { ranges: () => [{ offset: 0, bytes: 2 * BLOCK_BYTES }] },
    /less/,
  ],
  ['ranges that hold less', edited(0, Buffer.from('!')), { ranges: () => [] }, /more/],
  [
    'a former version that is cut off meanwhile',
    edited(0, Buffer.from('!')),
    {
      ranges(ranges) {
        truncateSync(at('ours'), 3 * BLOCK_BYTES);
        return ranges;
      },
    },
    /changed while/,
  ],
  ['other content', edited(0, Buffer.from('!')), { data: (bytes) => Buffer.alloc(bytes.length) }, /changed while/],
])('%s: it comes by another way, and nothing is left', async (_, theirs, between, reason) => {
  const { made } = await make(ours, theirs, between);
  expect(made).toEqual({ kind: 'unable', reason: expect.stringMatching(reason) });
  expect(readdirSync(folder).sort()).toEqual(['ours', 'theirs']);
});

/** A link that takes everything and says nothing, to a host without rsync. */
const IDLE = {
  rsync: undefined,
  askRsync: () => undefined,
  onPart: () => undefined,
  cancel: () => undefined,
  send: () => undefined,
  credit: () => undefined,
  whenRoom: (callback: () => void) => callback(),
  line: () => NEAR,
  isHalfHere: () => false,
  stageFor: () => at('staged'),
};

test('the same content, wanted for two paths at once, or again over a new link, is whole each time', async () => {
  writeFileSync(at('ours'), ours);
  const theirs = Buffer.concat([ours, randomBytes(BLOCK_BYTES)]);
  const hash = hashBuffer(theirs);
  const ranges = [{ offset: 80 * BLOCK_BYTES, bytes: BLOCK_BYTES + 100 }];
  let onHashing = (): void => undefined;
  const hashing = new Promise<void>((resolve) => {
    onHashing = resolve;
  });
  const linked = (): DifferenceQueue => {
    const queue = createDifferenceQueue({
      ...IDLE,
      askPatch({ id }) {
        queue.started(id, { kind: 'patch', ranges });
        queue.received(id, theirs.subarray(80 * BLOCK_BYTES), true);
      },
      sums: createSumBook({ createHasher }),
      createHasher() {
        onHashing();
        return createHasher();
      },
      async hashOf(file) {
        const hashed = hashBuffer(readFileSync(file));
        onHashing();
        for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
        return hashed;
      },
    });
    return queue;
  };
  const basis = { file: at('ours'), hash: undefined, sizeBytes: ours.length };
  const wanted = (queue: DifferenceQueue, path: string) =>
    new Promise<Made>((resolve) =>
      queue.want({ path: path as RelPath, hash, sizeBytes: theirs.length, basis }, resolve),
    );
  const before = linked();
  void wanted(before, 'f').then(() => expect.unreachable('nobody waits any more'));
  await hashing;
  before.close();
  const after = linked();
  for (const made of await Promise.all([wanted(after, 'f'), wanted(after, 'g')])) {
    expect(made.kind).toBe('content');
    if (made.kind === 'content') expect(readFileSync(made.content).equals(theirs)).toBe(true);
  }
  expect(readdirSync(folder).sort()).toEqual(['ours', 'staged-1', 'staged-2']);
});

test('a link that ends before anything was asked for stands in nobody’s way', async () => {
  writeFileSync(at('ours'), ours);
  const theirs = edited(0, Buffer.from('!'));
  const hash = hashBuffer(theirs);
  const sums = createSumBook({ createHasher });
  const linked = (sumsOf: typeof sums.sumsOf): DifferenceQueue => {
    const queue = createDifferenceQueue({
      ...IDLE,
      askPatch({ id }) {
        queue.started(id, { kind: 'patch', ranges: [{ offset: 0, bytes: BLOCK_BYTES }] });
        queue.received(id, theirs.subarray(0, BLOCK_BYTES), true);
      },
      sums: { sumsOf, note: sums.note },
      createHasher,
      hashOf: async (file) => hashBuffer(readFileSync(file)),
    });
    return queue;
  };
  const wanted = {
    path: 'f' as RelPath,
    hash,
    sizeBytes: theirs.length,
    basis: { file: at('ours'), hash: undefined, sizeBytes: ours.length },
  };
  let read = (): void => undefined;
  const reading = new Promise<void>((resolve) => {
    read = resolve;
  });
  const before = linked(async (basis) => {
    await reading;
    return sums.sumsOf(basis);
  });
  before.want(wanted, () => expect.unreachable('nobody waits any more'));
  await new Promise((resolve) => setImmediate(resolve));
  before.close();
  const after = linked(sums.sumsOf);
  const made = new Promise<Made>((resolve) => after.want(wanted, resolve));
  read();
  expect((await made).kind).toBe('content');
});

test.each<[string, Line, isHalfHere: boolean, isBegun: boolean, isAsked: boolean]>([
  ['a quick line', { bytesPerSecond: 1e9, rttMs: 20 }, false, false, false],
  ['a quick line, and a run that was cut', { bytesPerSecond: 1e9, rttMs: 20 }, false, true, true],
  ['a slow line', { bytesPerSecond: 1e6, rttMs: 20 }, false, false, true],
  ['a slow line, and half of it came whole', { bytesPerSecond: 1e6, rttMs: 20 }, true, false, false],
])('%s: whether rsync is asked', async (_, line, isHalfHere, isBegun, isAsked) => {
  writeFileSync(at('ours'), ours);
  if (isBegun) mkdirSync(at('staged'));
  let asked = false;
  const queue = createDifferenceQueue({
    ...IDLE,
    rsync: { version: '3.2.7', receive: () => expect.unreachable(), send: () => expect.unreachable() },
    askRsync({ id }) {
      asked = true;
      queue.unable(id, 'not today');
    },
    askPatch: undefined,
    line: () => line,
    isHalfHere: () => isHalfHere,
    sums: createSumBook({ createHasher }),
    createHasher,
    hashOf: async () => expect.unreachable('it was never whole'),
  });
  const basis = { file: at('ours'), hash: undefined, sizeBytes: ours.length };
  const file = { path: 'f' as RelPath, hash: 'hash', sizeBytes: ours.length, basis };
  const made = await new Promise<Made>((resolve) => queue.want(file, resolve));
  expect(made).toEqual({ kind: 'unable', reason: expect.stringMatching(isAsked ? /not today/ : /longer/) });
  expect(asked).toBe(isAsked);
});

test('a link that ends in the midst leaves nothing', async () => {
  writeFileSync(at('ours'), ours);
  const queue = createDifferenceQueue({
    ...IDLE,
    askPatch({ id }) {
      queue.started(id, { kind: 'patch', ranges: [{ offset: 0, bytes: 2 * BLOCK_BYTES }] });
      queue.received(id, randomBytes(BLOCK_BYTES), false);
      queue.close();
    },
    sums: createSumBook({ createHasher }),
    cancel: () => expect.unreachable('the link is over'),
    createHasher,
    hashOf: async () => expect.unreachable('it was never whole'),
  });
  const basis = { file: at('ours'), hash: undefined, sizeBytes: ours.length };
  queue.want({ path: 'f' as RelPath, hash: 'hash', sizeBytes: ours.length, basis }, () =>
    expect.unreachable('nobody waits any more'),
  );
  await expect.poll(() => queue.waiting).toBe(0);
  expect(existsSync(at('staged'))).toBe(false);
  expect(statSync(at(basename(basis.file))).size).toBe(ours.length);
});

test.each<[string, 'patch' | 'rsync', sizeBytes: number, atOnce: number]>([
  ['small files by their blocks', 'patch', ours.length, 8],
  ['large files by their blocks', 'patch', 20 << 20, 2],
  ['small files by rsync', 'rsync', ours.length, 2],
  ['large files by rsync', 'rsync', 20 << 20, 2],
])('%s are asked for so many at a time', async (_, way, sizeBytes, atOnce) => {
  const asked: number[] = [];
  const ask = ({ id }: { readonly id: number }): void => void asked.push(id);
  const queue = createDifferenceQueue({
    ...IDLE,
    rsync: { version: '3.2.7', receive: () => expect.unreachable(), send: () => expect.unreachable() },
    askRsync: ask,
    askPatch: way === 'patch' ? ask : undefined,
    line: () => ({ bytesPerSecond: 1e3, rttMs: 20 }),
    stageFor: (hash) => at(hash),
    sums: { sumsOf: async () => new Uint8Array(), note: () => undefined },
    createHasher,
    hashOf: async () => expect.unreachable('it was never whole'),
  });
  const basis = { file: at('ours'), hash: undefined, sizeBytes };
  let done = 0;
  for (let n = 0; n < 20; n++)
    queue.want({ path: `f${n}` as RelPath, hash: `hash${n}`, sizeBytes, basis }, () => void done++);
  await expect.poll(() => asked.length).toBe(atOnce);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(asked.length).toBe(atOnce);
  // Those by their blocks by rsync in the end.
  for (let answered = 0; done < 20; ) {
    for (const id of asked.slice(answered)) queue.unable(id, 'not today');
    answered = asked.length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked.length - answered).toBeLessThanOrEqual(atOnce);
  }
  expect(queue.waiting).toBe(0);
});
