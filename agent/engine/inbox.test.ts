import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { AbsPath } from '../../platform/abs-path.ts';
import { type Entry, unheardOf } from '../core/entry.ts';
import { nameOf, type RelPath } from '../core/rel-path.ts';
import type { EpochId } from '../core/version.ts';
import type { BatchItem, Message, MessageOf } from '../link/messages.ts';
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
function createScene(receive: (incoming: Incoming) => Attempt, takesWhole: (folder: RelPath) => boolean = () => false) {
  const sent: Message[] = [];
  const taken: string[] = [];
  const unstored: string[] = [];
  const over: number[] = [];
  const cursors = new Map<EpochId, number>();
  const inbox = createInbox({
    rootId: 'root',
    receiving: createProgress(),
    host: 'B',
    stageEnding: 'b',
    index: { cursors: () => [...cursors], setCursor: (epoch, seq) => cursors.set(epoch, seq) },
    smallBytes: 1,
    stageFor: (hash) => `/stage/${hash}` as AbsPath,
    receive: {
      one(incoming) {
        const attempt = receive(incoming);
        if (attempt.kind === 'settled') taken.push(incoming.entry.path);
        return attempt;
      },
      whole(folder, files) {
        const isPut = takesWhole(folder.entry.path);
        if (isPut) taken.push(`${folder.entry.path} with ${files.map(({ entry }) => nameOf(entry.path)).join(' ')}`);
        return isPut;
      },
    },
    send: (message) => sent.push(message),
    wake: () => undefined,
    doneWith: ({ id }) => over.push(id),
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
  return { inbox, taken, unstored, over, acks, cursor: () => cursors.get(EPOCH) ?? 0 };
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

describe('a new folder with its files', () => {
  const folder = (path: string): BatchItem => ({ entry: { ...gone(path), kind: 'folder', mode: 0o755 } });
  const file = (path: string, content = path): BatchItem => {
    const bytes = Buffer.from(content);
    return {
      entry: { ...gone(path), kind: 'file', sizeBytes: bytes.length, hash: hashBuffer(bytes) },
      content: bytes,
    };
  };
  const asked = (path: string): BatchItem => ({ entry: file(path).entry });
  const moved = (path: string): BatchItem => ({ ...file(path), movedFrom: gone('elsewhere') });
  const all = (id: number, items: BatchItem[]): MessageOf<'batch'> => ({
    type: 'batch',
    root: 'root',
    id,
    from: id * 100,
    to: id * 100 + items.length - 1,
    bulk: true,
    items,
  });
  const settle = (): Attempt => ({ kind: 'settled' });

  test.each<[string, BatchItem[], string[]]>([
    ['is put at once', [folder('f'), file('f/a'), file('f/b')], ['f with a b']],
    ['alone is none', [folder('f'), file('g')], ['f', 'g']],
    ['ends with the first that is not right in it', [folder('f'), file('f/a'), file('f/s/b')], ['f with a', 'f/s/b']],
    ['is not the one of a name that begins alike', [folder('f'), file('fa')], ['f', 'fa']],
    ['ends with another folder', [folder('f'), file('f/a'), folder('f/s'), file('f/b')], ['f with a', 'f/s', 'f/b']],
    ['takes nothing whose content must be asked for', [folder('f'), asked('f/a'), file('f/b')], ['f', 'f/a', 'f/b']],
    ['takes nothing that moved', [folder('f'), file('f/a'), moved('f/b')], ['f with a', 'f/b', 'elsewhere']],
    ['takes no tombstone', [folder('f'), { entry: gone('f/a') }], ['f', 'f/a']],
    ['is tried one by one where it cannot be', [folder('no'), file('no/a'), file('no/b')], ['no', 'no/a', 'no/b']],
  ])('%s', (_, items, expected) => {
    const { inbox, taken, acks } = createScene(settle, (path) => path !== 'no');
    inbox.received(all(1, items));
    work(inbox);
    expect(taken).toEqual(expected);
    expect([acks(), inbox.quiet]).toEqual([[1], true]);
  });

  test('takes none of the next batch, and no more than are put in a moment', () => {
    const { inbox, taken, acks } = createScene(settle, () => true);
    const many = Array.from({ length: 70 }, (_, i) => file(`f/${i}`));
    inbox.received(all(1, [folder('f'), ...many]));
    inbox.received(all(2, [folder('g')]));
    inbox.received(all(3, [file('g/a')]));
    work(inbox);
    expect(taken.map((each) => each.split(' ').length)).toEqual([66, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(taken.slice(-2)).toEqual(['g', 'g/a']);
    expect(acks()).toEqual([1, 2, 3]);
  });

  test('is tried one by one where putting it at once failed', () => {
    const { inbox, taken, acks } = createScene(settle, () => {
      throw new Error('something unheard of');
    });
    inbox.received(all(1, [folder('f'), file('f/a')]));
    work(inbox);
    expect(taken).toEqual(['f', 'f/a']);
    expect(acks()).toEqual([1]);
  });
});

test('what came with a batch is needed until all of it is settled, and then no more', async () => {
  let open: () => void = () => undefined;
  const until = new Promise<void>((resolve) => {
    open = resolve;
  });
  let waits = true;
  const { inbox, over, acks } = createScene(({ entry }) =>
    waits && entry.path === 'b' ? { kind: 'wait', until } : { kind: 'settled' },
  );
  inbox.received(batch(1, 2, ['a', 'b']));
  inbox.received(batch(2, 3, ['c']));
  work(inbox);
  expect(over).toEqual([2]);
  waits = false;
  open();
  await expect
    .poll(() => {
      work(inbox);
      return acks();
    })
    .toEqual([2, 1]);
  expect(over).toEqual([2, 1]);
});
