import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { AbsPath } from '../../platform/abs-path.ts';
import { type Entry, unheardOf } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { EpochId } from '../core/version.ts';
import type { Message, MessageOf } from '../link/messages.ts';
import { createHasher, hashBuffer } from '../scan/hash.ts';
import { createProgress } from '../transfer/progress.ts';
import { createSumBook } from '../transfer/sum-book.ts';
import { createInbox } from './inbox.ts';
import type { Attempt, Incoming } from './receive.ts';

const EPOCH = 'epoch-of-the-peer' as EpochId;
const gone = (path: string): Entry => ({ ...unheardOf(path as RelPath), author: 'peer' });
const batch = (id: number, to: number, paths: readonly string[], bulk = true): MessageOf<'batch'> => ({
  type: 'batch',
  root: 'root',
  id,
  from: to === 0 ? 0 : to - paths.length + 1,
  to,
  bulk,
  items: paths.map((path) => ({ entry: gone(path) })),
});

/** An inbox whose entries meet what `receive` says, and what became of it. */
function createScene(receive: (incoming: Incoming) => Attempt) {
  const sent: Message[] = [];
  const taken: string[] = [];
  const unstored: string[] = [];
  const cursors = new Map<EpochId, number>();
  const inbox = createInbox({
    rootId: 'root',
    receiving: createProgress(),
    host: 'B',
    stageEnding: 'b',
    index: { cursors: () => [...cursors], setCursor: (epoch, seq) => cursors.set(epoch, seq) },
    smallBytes: 1,
    stageFor: (hash) => `/stage/${hash}` as AbsPath,
    receive(incoming) {
      const attempt = receive(incoming);
      if (attempt.kind === 'settled') taken.push(incoming.entry.path);
      return attempt;
    },
    send: (message) => sent.push(message),
    wake: () => undefined,
    onFailure: () => undefined,
    onUnstored: (path) => unstored.push(path),
    dropPartials: () => undefined,
    local: { find: () => undefined, near: () => undefined },
    patches: false,
    rttMs: () => 1,
    sums: createSumBook({ createHasher }),
    rsync: undefined,
    whenRoom: (callback) => callback(),
    onDebug: () => undefined,
  });
  inbox.begin(EPOCH, 0);
  const acks = () => sent.flatMap((message) => (message.type === 'ack' ? [message.id] : []));
  return { inbox, taken, unstored, acks, cursor: () => cursors.get(EPOCH) ?? 0 };
}

const work = (inbox: { work(untilMs: number): boolean }) => inbox.work(Number.POSITIVE_INFINITY);

test('a deleted folder that still holds something comes after all else, the deepest first', async () => {
  let open: () => void = () => undefined;
  const until = new Promise<void>((resolve) => {
    open = resolve;
  });
  let waited = false;
  const { inbox, taken, acks } = createScene(({ entry: { path }, last }) => {
    if (path.startsWith('folder') && !path.endsWith('file')) return last ? { kind: 'settled' } : { kind: 'last' };
    if (path !== 'folder/sub/file' || waited) return { kind: 'settled' };
    waited = true;
    return { kind: 'wait', until };
  });
  inbox.received(batch(1, 2, ['folder/sub/file', 'folder']));
  inbox.received(batch(2, 4, ['folder/sub', 'other'], false));
  work(inbox);
  expect(taken).toEqual(['other']);
  expect(acks()).toEqual([]);
  open();
  await expect.poll(() => work(inbox) || acks().length).toBe(2);
  expect(taken).toEqual(['other', 'folder/sub/file', 'folder/sub', 'folder']);
  expect(inbox.quiet).toBe(true);
});

test('a folder that keeps what it holds is settled once nothing else is to come', () => {
  const { inbox, acks } = createScene(({ last }) => (last ? { kind: 'settled' } : { kind: 'last' }));
  inbox.received(batch(1, 1, ['folder'], false));
  expect(acks()).toEqual([]);
  work(inbox);
  expect(acks()).toEqual([1]);
});

test('an entry that cannot be taken over is listed, and holds nothing up', async () => {
  const { inbox, taken, unstored, acks, cursor } = createScene(({ entry: { path } }) => {
    if (path === 'bad') throw new Error('something unheard of');
    return path === 'worse' ? { kind: 'wait', until: Promise.reject(new Error('so was this')) } : { kind: 'settled' };
  });
  inbox.received(batch(1, 3, ['bad', 'worse', 'good']));
  work(inbox);
  await expect.poll(acks).toEqual([1]);
  expect(taken).toEqual(['good']);
  expect(unstored).toEqual(['bad', 'worse']);
  expect(cursor()).toBe(3);
});

test('how far it has come goes up to the first batch that is not settled, and what overtakes is no part of it', () => {
  const { inbox, acks, cursor } = createScene(({ entry: { path } }) =>
    path === 'slow' ? { kind: 'wait', until: new Promise<void>(() => undefined) } : { kind: 'settled' },
  );
  inbox.received(batch(1, 1, ['a'], false));
  inbox.received(batch(2, 3, ['b', 'slow'], false));
  inbox.received(batch(3, 4, ['c'], false));
  inbox.received(batch(4, 0, ['lone'], false));
  expect(acks()).toEqual([1, 3, 4]);
  expect(cursor()).toBe(1);
  expect([inbox.quiet, inbox.toReceive]).toEqual([false, 3]);
});

test('content that was dealt with is let go of, also while more keeps coming', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  let until = 0;
  const { inbox } = createScene(() => {
    while (performance.now() < until);
    return { kind: 'settled' };
  });
  const content = new Map<string, WeakRef<Uint8Array>>();
  const arrive = (id: number, path: string) => {
    const bytes = new Uint8Array(1 << 20);
    content.set(path, new WeakRef(bytes));
    const hash = hashBuffer(bytes);
    const entry: Entry = { ...gone(path), kind: 'file', sizeBytes: bytes.length, hash };
    inbox.received({
      type: 'batch',
      root: 'root',
      id,
      from: id,
      to: id,
      bulk: true,
      items: [{ entry, content: bytes }],
    });
  };
  arrive(1, 'first');
  arrive(2, 'second');
  until = performance.now() + 1;
  expect(inbox.work(until)).toBe(true);
  // What a weak reference was made to is kept to the end of that turn.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect([...content].map(([path, kept]) => [path, kept.deref() !== undefined])).toEqual([
    ['first', false],
    ['second', true],
  ]);
});
