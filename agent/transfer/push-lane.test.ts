import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Recorded, unheardOf } from '../core/entry.ts';
import { parentOf, type RelPath } from '../core/rel-path.ts';
import type { EpochId } from '../core/version.ts';
import { createPushLane, type LocalChange, type OutgoingBatch, type PushLaneOptions } from './push-lane.ts';

const PEER = 'epoch-peer' as EpochId;
const path = (text: string) => text as RelPath;
const bytesOf = (record: Recorded) => Buffer.from(`content ${record.hash}`);

/** An index of as much as the lane asks for. */
function createIndex() {
  const recordByPath = new Map<RelPath, Recorded>();
  let seq = 0;
  return {
    get seq() {
      return seq;
    },
    since: (after: number, limit: number) =>
      [...recordByPath.values()]
        .filter((record) => record.seq > after)
        .sort((a, b) => a.seq - b.seq)
        .slice(0, limit),
    get: (at: RelPath) => recordByPath.get(at),
    put(at: string, change: Partial<Recorded> = {}): Recorded {
      const record: Recorded = {
        ...unheardOf(path(at)),
        kind: 'file',
        hash: `h${seq + 1}`,
        mode: 0o644,
        stat: undefined,
        racy: false,
        from: undefined,
        ...change,
        seq: ++seq,
      };
      recordByPath.set(record.path, record);
      return record;
    },
    forget: (at: string) => recordByPath.delete(path(at)),
  };
}

function createScene(change: Partial<PushLaneOptions> = {}, index = createIndex()) {
  const sent: OutgoingBatch[] = [];
  const caughtUp: number[] = [];
  let id = 1;
  const lane = createPushLane({
    index,
    after: 0,
    peerEpoch: PEER,
    inlineUpTo: -1,
    contentOf: bytesOf,
    nextId: () => id++,
    window: {
      bytes: 4 << 20,
      bytesPerSecond: Number.POSITIVE_INFINITY,
      starts: () => undefined,
      arrived: () => undefined,
      hasRoom: () => undefined,
    },
    send: (batch) => sent.push(batch),
    caughtUp: (seq) => caughtUp.push(seq),
    ...change,
  });
  const save = (at: string, local: Partial<LocalChange> = {}): Recorded => {
    const record = index.put(at);
    lane.changed({ record, movedFrom: undefined, lone: true, seenAt: 5, ...local });
    return record;
  };
  const ackAll = () => {
    for (const batch of sent) lane.acked(batch.id);
  };
  return { index, lane, sent, caughtUp, save, ackAll };
}

const seqsOf = (batches: readonly OutgoingBatch[]) => batches.map(({ from, to }) => [from, to]);
const pathsOf = (batches: readonly OutgoingBatch[]) =>
  batches.flatMap(({ items }) => items.map(({ entry }) => entry.path));

describe('a push lane', () => {
  test('sends a save with its content at once, and is idle once it is acknowledged', () => {
    const { lane, sent, save, caughtUp } = createScene();
    lane.pump(Number.POSITIVE_INFINITY);
    expect([sent, caughtUp]).toEqual([[], [0]]);
    const record = save('a');
    lane.pump(Number.POSITIVE_INFINITY);
    expect(sent).toEqual([
      {
        id: 1,
        from: 1,
        to: 1,
        bulk: false,
        items: [{ entry: record, content: bytesOf(record), movedFrom: undefined }],
      },
    ]);
    expect([lane.idle, lane.unacked, lane.sentSeq, lane.ackedSeq]).toEqual([false, 1, 1, 0]);
    expect(lane.acked(1)).toMatchObject({ items: 1, seenAt: 5 });
    expect([lane.idle, lane.unacked, lane.ackedSeq]).toEqual([true, 0, 1]);
    expect(lane.acked(1)).toBeUndefined();
    expect(lane.acked(99)).toBeUndefined();
    expect(caughtUp).toEqual([0, 1]);
  });

  test('tells now and then how far it is, where all came from the peer itself', () => {
    const { lane, sent, caughtUp, index } = createScene();
    lane.pump(Number.POSITIVE_INFINITY);
    for (let n = 0; n < 2500; n++) {
      index.put(`f${n}`, { from: PEER });
      if (n % 100 === 99) lane.pump(Number.POSITIVE_INFINITY);
    }
    expect([sent, caughtUp]).toEqual([[], [0, 1000, 2000]]);
  });

  test('sends what the peer lacks, without content, unless it has nothing', () => {
    for (const [inlineUpTo, withContent] of [
      [-1, false],
      [Number.POSITIVE_INFINITY, true],
    ] as const) {
      const index = createIndex();
      for (let n = 0; n < 5; n++) index.put(`f${n}`);
      const { lane, sent } = createScene({ after: 2, inlineUpTo }, index);
      lane.pump(Number.POSITIVE_INFINITY);
      expect(seqsOf(sent)).toEqual([[3, 5]]);
      expect(pathsOf(sent)).toEqual(['f2', 'f3', 'f4']);
      expect(sent[0]?.bulk).toBe(true);
      expect(sent[0]?.items.every(({ content }) => (content !== undefined) === withContent)).toBe(true);
    }
  });

  test('sends nothing back to whom it came from', () => {
    const { lane, sent, index, caughtUp } = createScene();
    index.put('a', { from: PEER });
    index.put('b', { from: 'epoch-other' as EpochId });
    index.put('c', { from: PEER });
    lane.pump(Number.POSITIVE_INFINITY);
    expect(pathsOf(sent)).toEqual(['b']);
    expect(lane.sentSeq).toBe(3);
    expect(caughtUp).toEqual([3]);
  });

  test('says again that all was sent, where the peer was told of a later number that is none of its business', () => {
    const { lane, index, caughtUp } = createScene();
    lane.pump(Number.POSITIVE_INFINITY);
    index.put('a', { from: PEER });
    lane.pump(Number.POSITIVE_INFINITY);
    expect(caughtUp).toEqual([0]);
    lane.tellAgain();
    lane.pump(Number.POSITIVE_INFINITY);
    expect(caughtUp).toEqual([0, 1]);
  });

  test('sends a folder before what is in it, though it has a later number', () => {
    const index = createIndex();
    index.put('a/b/file');
    index.put('a/b', { kind: 'folder' });
    index.put('a', { kind: 'folder' });
    const { lane, sent } = createScene({}, index);
    lane.pump(Number.POSITIVE_INFINITY);
    expect(pathsOf(sent).slice(0, 3)).toEqual(['a', 'a/b', 'a/b/file']);
  });

  test('lets a move carry the tombstone of where it came from, without content', () => {
    const { lane, sent, index, save } = createScene();
    lane.pump(Number.POSITIVE_INFINITY);
    const movedFrom = index.put('old', { kind: 'tombstone', hash: '' });
    const record = save('new', { movedFrom });
    lane.pump(Number.POSITIVE_INFINITY);
    expect(sent.flatMap(({ items }) => items)).toContainEqual({ entry: record, content: undefined, movedFrom });
  });

  test('has no more content under way than the line takes, and some in any case', () => {
    const KIB = 1 << 10;
    const index = createIndex();
    for (let n = 0; n < 1000; n++) index.put(`f${n}`, { sizeBytes: 16 * KIB });
    let windowBytes = 1 << 20;
    let arrivedBytes = 0;
    let hadRoom = 0;
    const window = {
      get bytes() {
        return windowBytes;
      },
      bytesPerSecond: 0,
      starts: () => undefined,
      arrived(bytes: number) {
        arrivedBytes += bytes;
      },
      hasRoom: () => void hadRoom++,
    };
    const contentOf = () => Buffer.alloc(16 * KIB);
    const { lane, sent, ackAll } = createScene({ window, contentOf, inlineUpTo: Number.POSITIVE_INFINITY }, index);
    const sentBytes = () => sent.reduce((sum, { items }) => sum + items.length * 16 * KIB, 0);
    lane.pump(Number.POSITIVE_INFINITY);
    expect([sentBytes(), hadRoom]).toEqual([1024 * KIB, 0]);
    ackAll();
    expect(arrivedBytes).toBe(1024 * KIB);
    windowBytes = 0;
    lane.pump(Number.POSITIVE_INFINITY);
    expect([sentBytes(), hadRoom]).toEqual([(1024 + 512) * KIB, 0]);
    windowBytes = 1 << 30;
    lane.pump(Number.POSITIVE_INFINITY);
    expect(hadRoom).toBe(1);
  });

  test('waits while too much is under way, and goes on with each acknowledgement', () => {
    const index = createIndex();
    for (let n = 0; n < 2500; n++) index.put(`f${n}`);
    const { lane, sent, caughtUp } = createScene({}, index);
    lane.pump(Number.POSITIVE_INFINITY);
    const first = sent.length;
    expect(lane.unacked).toBeGreaterThanOrEqual(1024);
    expect(lane.unacked).toBeLessThan(1024 + 128);
    lane.pump(Number.POSITIVE_INFINITY);
    expect(sent.length).toBe(first);
    expect(caughtUp).toEqual([]);
    for (let n = 0; n < sent.length; n++) {
      lane.acked(sent[n]?.id ?? 0);
      lane.pump(Number.POSITIVE_INFINITY);
    }
    expect(pathsOf(sent)).toHaveLength(2500);
    expect(caughtUp).toEqual([2500]);
    expect(lane.idle).toBe(true);
  });

  test('lets a lone save overtake a long range, and names it again in its turn', () => {
    const index = createIndex();
    for (let n = 0; n < 3000; n++) index.put(`f${n}`);
    const { lane, sent, save } = createScene({}, index);
    lane.pump(Number.POSITIVE_INFINITY);
    const before = sent.length;
    const record = save('lone');
    lane.pump(Number.POSITIVE_INFINITY);
    expect(sent.slice(before)).toEqual([
      {
        id: expect.any(Number),
        from: 0,
        to: 0,
        bulk: false,
        items: [{ entry: record, content: bytesOf(record), movedFrom: undefined }],
      },
    ]);
    save('part of a flood', { lone: false });
    expect(sent.length).toBe(before + 1);
    // What overtakes says nothing of how far the peer has come.
    const overtaking = sent[before];
    lane.acked(overtaking?.id ?? 0);
    expect(lane.ackedSeq).toBe(0);
    for (let n = 0; n < sent.length; n++) {
      lane.acked(sent[n]?.id ?? 0);
      lane.pump(Number.POSITIVE_INFINITY);
    }
    const again = sent.slice(before + 1).flatMap(({ items }) => items.filter(({ entry }) => entry.path === 'lone'));
    expect(again).toEqual([{ entry: record, content: undefined, movedFrom: undefined }]);
    expect(lane.idle).toBe(true);
  });

  test('keeps a few entries in order behind bulk, as bulk; a lone save still overtakes', () => {
    const { lane, sent, index, save } = createScene();
    for (let n = 0; n < 20; n++) index.put(`folder/f${n}`, { kind: 'tombstone', hash: '' });
    lane.pump(Number.POSITIVE_INFINITY);
    expect(sent.map(({ bulk }) => bulk)).toEqual([true]);
    index.put('folder', { kind: 'tombstone', hash: '' });
    lane.pump(Number.POSITIVE_INFINITY);
    expect(seqsOf(sent)).toEqual([
      [1, 20],
      [21, 21],
    ]);
    expect(sent.at(-1)?.bulk).toBe(true);
    save('lone');
    lane.pump(Number.POSITIVE_INFINITY);
    expect(sent.at(-1)).toMatchObject({ from: 0, to: 0, bulk: false });
  });

  test('lets what overtakes in one moment go together, a few at a time', () => {
    const index = createIndex();
    for (let n = 0; n < 3000; n++) index.put(`f${n}`);
    const { lane, sent, save } = createScene({}, index);
    lane.pump(Number.POSITIVE_INFINITY);
    const before = sent.length;
    for (let n = 0; n < 20; n++) save(`lone${n}`, { seenAt: n });
    expect(lane.idle).toBe(false);
    lane.pump(Number.POSITIVE_INFINITY);
    const ahead = sent.slice(before);
    expect(ahead.map(({ to, bulk, items }) => [to, bulk, items.length])).toEqual([
      [0, false, 16],
      [0, false, 4],
    ]);
    expect(ahead.map(({ id }) => lane.acked(id)?.seenAt)).toEqual([0, 16]);
  });

  test('takes the content of what overtakes when it goes, as memory for content is used again', () => {
    const index = createIndex();
    for (let n = 0; n < 3000; n++) index.put(`f${n}`);
    const memory = Buffer.alloc(4);
    const contentOf = (): Buffer => memory.fill('here');
    const { lane, sent, save } = createScene({ contentOf }, index);
    lane.pump(Number.POSITIVE_INFINITY);
    save('lone');
    memory.fill('gone');
    lane.pump(Number.POSITIVE_INFINITY);
    expect(sent.at(-1)?.items.map(({ content }) => content?.toString())).toEqual(['here']);
  });

  test('sends no content where the mode or times of a path alone are others, once the peer has it', () => {
    const { lane, sent, save } = createScene();
    const first = save('a');
    lane.pump(Number.POSITIVE_INFINITY);
    const touch = (): Recorded => save('a', { keptSeq: first.seq, contentSeq: first.seq });
    touch();
    lane.pump(Number.POSITIVE_INFINITY);
    for (const { id } of sent) lane.acked(id);
    touch();
    lane.pump(Number.POSITIVE_INFINITY);
    expect(sent.map(({ items }) => items.map(({ content }) => content !== undefined))).toEqual([
      [true],
      [true],
      [false],
    ]);
  });

  test('fills a batch while others are under way, and sends the rest once one was acknowledged', () => {
    const index = createIndex();
    for (let n = 0; n < 256; n++) index.put(`f${n}`);
    const { lane, sent } = createScene({ after: 0 }, index);
    lane.pump(Number.POSITIVE_INFINITY);
    expect(sent).toHaveLength(2);
    for (let n = 0; n < 100; n++) index.put(`g${n}`);
    lane.pump(Number.POSITIVE_INFINITY);
    expect(sent).toHaveLength(2);
    lane.acked(sent[0]?.id ?? 0);
    lane.pump(Number.POSITIVE_INFINITY);
    expect(seqsOf(sent).at(-1)).toEqual([257, 356]);
  });

  test('knows how far the peer has come only as far as all before is acknowledged', () => {
    const { lane, sent, save } = createScene();
    for (const name of ['a', 'b', 'c']) {
      save(name);
      lane.pump(Number.POSITIVE_INFINITY);
    }
    expect(seqsOf(sent)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    lane.acked(3);
    expect(lane.ackedSeq).toBe(0);
    lane.acked(1);
    expect(lane.ackedSeq).toBe(1);
    lane.acked(2);
    expect(lane.ackedSeq).toBe(3);
  });

  test('any history reaches the peer, each range after the last, parents first', () => {
    const names = fc.constantFrom('a', 'a/b', 'a/b/c', 'd', 'e/f');
    const steps = fc.array(
      fc.oneof(
        {
          weight: 5,
          arbitrary: fc.record({ op: fc.constant('save' as const), at: names, lone: fc.boolean(), own: fc.boolean() }),
        },
        { weight: 3, arbitrary: fc.record({ op: fc.constant('ack' as const), which: fc.nat(5) }) },
        { weight: 3, arbitrary: fc.record({ op: fc.constant('pump' as const) }) },
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (history) => {
        const { lane, sent, index, ackAll } = createScene();
        const acked = new Set<number>();
        for (const step of history) {
          if (step.op === 'pump') lane.pump(Number.POSITIVE_INFINITY);
          else if (step.op === 'ack') {
            const batch = sent.filter(({ id }) => !acked.has(id))[step.which];
            if (batch !== undefined) lane.acked(batch.id);
            if (batch !== undefined) acked.add(batch.id);
          } else {
            const parent = parentOf(path(step.at));
            if (parent !== undefined && index.get(parent) === undefined) index.put(parent, { kind: 'folder' });
            const record = index.put(step.at, step.own ? {} : { from: PEER });
            if (step.own) lane.changed({ record, movedFrom: undefined, lone: step.lone, seenAt: 0 });
          }
        }
        lane.pump(Number.POSITIVE_INFINITY);
        ackAll();
        lane.pump(Number.POSITIVE_INFINITY);
        ackAll();
        expect(lane.idle).toBe(true);
        expect(lane.ackedSeq).toBe(index.seq);
        const last = new Map(sent.flatMap(({ items }) => items.map(({ entry }) => [entry.path, entry] as const)));
        for (const record of index.since(0, 100))
          if (record.from === undefined) expect(last.get(record.path)).toEqual(record);
        const ranges = sent.filter(({ to }) => to > 0);
        for (const [n, batch] of ranges.entries()) {
          expect(batch.from).toBeGreaterThan(ranges[n - 1]?.to ?? 0);
          expect(batch.to).toBeGreaterThanOrEqual(batch.from);
        }
      }),
    );
  });
});
