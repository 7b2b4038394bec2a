/**
 * What of our index a peer has yet to be told of: how many files, how many bytes.
 *
 * A peer that has nothing lacks all that the index counts, which costs nothing to know. For one that was away, the
 * entries since are looked through, a few at a time. What changes from then on is added as it is recorded.
 *
 * @module
 */
import type { Entry, Recorded } from '../core/entry.ts';
import type { EpochId } from '../core/version.ts';
import type { Amount } from '../transfer/progress.ts';

export interface Backlog {
  readonly left: Amount;
  /** Counts on, for a moment. */
  step(sentSeq: number): void;
  changed(record: Recorded): void;
  sent(entries: readonly Entry[]): void;
  /** The peer was told of everything: what was counted and never sent had been overtaken by a later change. */
  caughtUp(): void;
}

export interface BacklogOptions {
  readonly index: {
    readonly seq: number;
    readonly counts: { readonly files: number; readonly bytes: number };
    since(seq: number, limit: number): Recorded[];
  };
  /** The peer has everything up to this number. */
  readonly after: number;
  /** Entries that came from there do not go back. */
  readonly peerEpoch: EpochId | undefined;
}

const STEP_ENTRIES = 256;

export function createBacklog({ index, after, peerEpoch }: BacklogOptions): Backlog {
  const openedAt = index.seq;
  let left = after === 0 ? { files: index.counts.files, bytes: index.counts.bytes } : { files: 0, bytes: 0 };
  let countedTo = after === 0 ? openedAt : after;

  const add = (amount: Amount, sign: 1 | -1) => {
    left = {
      files: Math.max(0, left.files + sign * amount.files),
      bytes: Math.max(0, left.bytes + sign * amount.bytes),
    };
  };
  return {
    get left() {
      return left;
    },
    step(sentSeq) {
      if (countedTo >= openedAt || sentSeq >= openedAt) return;
      const records = index.since(countedTo, STEP_ENTRIES);
      countedTo = records.at(-1)?.seq ?? openedAt;
      const counted = records.filter((record) => record.seq <= openedAt && record.seq > sentSeq);
      add(amountOf(counted.filter((record) => peerEpoch === undefined || record.from !== peerEpoch)), 1);
    },
    changed: (record) => add(amountOf([record]), 1),
    sent: (entries) => add(amountOf(entries), -1),
    caughtUp() {
      left = { files: 0, bytes: 0 };
      countedTo = openedAt;
    },
  };
}

/** Folders are not counted: they are nothing to wait for. */
export function amountOf(entries: readonly Entry[]): Amount {
  let [files, bytes] = [0, 0];
  for (const { kind, sizeBytes } of entries) {
    if (kind === 'folder') continue;
    files++;
    bytes += sizeBytes;
  }
  return { files, bytes };
}
