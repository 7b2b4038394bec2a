import { expect, test } from 'vitest';
import { type Recorded, unheardOf } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { EpochId } from '../core/version.ts';
import { type Backlog, createBacklog } from './backlog.ts';

const THEIRS = 'epoch-of-peer' as EpochId;

function record(seq: number, own: Partial<Recorded> = {}): Recorded {
  const entry = unheardOf(`f${seq}` as RelPath);
  return { ...entry, kind: 'file', sizeBytes: 10, seq, stat: undefined, racy: false, from: undefined, ...own };
}

function indexOf(records: readonly Recorded[]) {
  return {
    seq: records.at(-1)?.seq ?? 0,
    counts: { files: records.length, bytes: records.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) },
    since: (seq: number, limit: number) => records.filter((each) => each.seq > seq).slice(0, limit),
  };
}

/** Counts to the end, as the slices of a link would. */
function counted(backlog: Backlog, sentSeq: number) {
  for (let i = 0; i < 10; i++) backlog.step(sentSeq);
  return backlog.left;
}

const MANY = Array.from({ length: 1000 }, (_, i) => record(i + 1));

test('a peer that has nothing lacks all there is, without a look at the entries', () => {
  const index = { ...indexOf(MANY), since: () => expect.unreachable() };
  const backlog = createBacklog({ index, after: 0, peerEpoch: THEIRS });
  expect(backlog.left).toEqual({ files: 1000, bytes: 10_000 });
  expect(counted(backlog, 0)).toEqual({ files: 1000, bytes: 10_000 });
});

test('a peer that was away lacks what came since, save for what came from itself and for folders', () => {
  const index = indexOf([...MANY, record(1001, { from: THEIRS }), record(1002, { kind: 'folder', sizeBytes: 0 })]);
  expect(counted(createBacklog({ index, after: 400, peerEpoch: THEIRS }), 400)).toEqual({ files: 600, bytes: 6000 });
  expect(counted(createBacklog({ index, after: 400, peerEpoch: undefined }), 400)).toEqual({ files: 601, bytes: 6010 });
});

test('what is sent is not left, whether it was counted before or not', () => {
  const backlog = createBacklog({ index: indexOf(MANY), after: 500, peerEpoch: THEIRS });
  backlog.sent(MANY.slice(500, 600));
  expect(counted(backlog, 600)).toEqual({ files: 400, bytes: 4000 });
  backlog.sent(MANY.slice(600, 1000));
  expect(backlog.left).toEqual({ files: 0, bytes: 0 });
});

test('a change comes on top; at the end nothing is left, whatever was overtaken', () => {
  const backlog = createBacklog({ index: indexOf(MANY), after: 1000, peerEpoch: THEIRS });
  backlog.changed(record(1001, { path: 'same' as RelPath }));
  backlog.changed(record(1002, { path: 'same' as RelPath }));
  expect(backlog.left).toEqual({ files: 2, bytes: 20 });
  backlog.sent([record(1002)]);
  backlog.caughtUp();
  expect(counted(backlog, 1002)).toEqual({ files: 0, bytes: 0 });
});
