/**
 * What one peer is told of a root: the entries of our index that it lacks, as far as it has come, and how long it took.
 *
 * @module
 */
import type { Recorded } from '../core/entry.ts';
import type { EpochId } from '../core/version.ts';
import type { IndexStore } from '../index/index-store.ts';
import type { BatchItem, Message, MessageOf } from '../link/messages.ts';
import type { LineWindow } from '../transfer/line-window.ts';
import type { Progress } from '../transfer/progress.ts';
import { createPushLane, type LocalChange, type OutgoingItem, type PushLane } from '../transfer/push-lane.ts';
import { type Backlog, createBacklog } from './backlog.ts';
import { createSending, type Sending } from './sending.ts';

export interface Telling {
  /** From now on the peer is told of what has a higher number than it said to have. Again whenever it says so anew. */
  begin(from: {
    readonly after: number;
    readonly peerEpoch: EpochId;
    /** It has nothing at all yet. */
    readonly toEmpty: boolean;
  }): void;
  readonly hasBegun: boolean;
  /** The peer was told our last number anew. */
  tellAgain(): void;
  changed(change: LocalChange): void;
  /** Sends what may be sent, until the time is up; true if more could be sent. */
  pump(untilMs: number): boolean;
  acked(message: MessageOf<'ack'>): void;
  /** The peer has taken over everything up to this number; undefined before it said how far it has come. */
  readonly ackedSeq: number | undefined;
  /** Everything was sent and acknowledged. */
  readonly isOver: boolean;
  /** Entries that the peer has not acknowledged, also those that are on their way. */
  readonly toSend: number;
  /** Those that are not on their way yet. */
  readonly unsent: number;
  readonly lastAckAt: number | undefined;
  /** The same moment, by `performance.now()`. */
  readonly ackedAtMs: number | undefined;
  /** For what is sent beside: content that was asked for. */
  readonly sending: Sending;
}

export interface TellingOptions {
  readonly rootId: string;
  readonly index: IndexStore;
  readonly progress: Progress;
  readonly window: LineWindow;
  readonly rttMs: () => number;
  /** Content that goes along unasked, undefined where none shall. */
  readonly pushedContentOf: (record: Recorded) => Uint8Array | undefined;
  readonly send: (message: Message, bulk?: boolean) => void;
  readonly onLatency: (ms: number, change: { readonly items: number }) => void;
}

/** A peer that lacks no more than this gets the content along. */
const SMALL_LACK = 1000;

export function createTelling(options: TellingOptions): Telling {
  const { rootId, index, progress, window, rttMs, send } = options;
  let lane: PushLane | undefined;
  let backlog: Backlog | undefined;
  let lastAckAt: number | undefined;
  let ackedAtMs: number | undefined;
  let batchId = 1;
  const sending = createSending({
    progress,
    backlog: () => backlog,
    sizeOf: (path) => index.get(path)?.sizeBytes ?? 0,
  });

  const telling: Telling = {
    begin({ after, peerEpoch, toEmpty }) {
      progress.restart(performance.now());
      backlog = createBacklog({ index, after, peerEpoch });
      sending.changed();
      lane = createPushLane({
        index,
        after,
        peerEpoch,
        inlineUpTo: toEmpty || index.seq - after <= SMALL_LACK ? Number.POSITIVE_INFINITY : -1,
        contentOf: options.pushedContentOf,
        nextId: () => batchId++,
        window,
        send({ items, ...batch }) {
          const left = sending.batch({ ...batch, items });
          const message = { type: 'batch', root: rootId, ...batch, items: items.map(toWireItem) } as const;
          send(left === undefined ? message : { ...message, left }, batch.bulk);
        },
        caughtUp(seq) {
          backlog?.caughtUp();
          sending.changed();
          send({ type: 'caught-up', root: rootId, seq }, true);
        },
      });
    },
    get hasBegun() {
      return lane !== undefined;
    },
    tellAgain: () => lane?.tellAgain(),
    changed(change) {
      backlog?.changed(change.record);
      lane?.changed(change);
    },
    pump(untilMs) {
      if (lane === undefined) return false;
      backlog?.step(lane.sentSeq);
      return lane.pump(untilMs);
    },
    acked({ id }) {
      const batch = lane?.acked(id);
      sending.acked(id);
      lastAckAt = Date.now();
      ackedAtMs = performance.now();
      if (batch?.seenAt !== undefined) options.onLatency(Math.max(0, ackedAtMs - batch.seenAt - rttMs() / 2), batch);
    },
    get ackedSeq() {
      return lane?.ackedSeq;
    },
    get isOver() {
      return lane?.idle === true;
    },
    get toSend() {
      return telling.unsent + (lane?.unacked ?? 0);
    },
    get unsent() {
      return lane === undefined ? 0 : Math.max(0, index.seq - lane.sentSeq);
    },
    get lastAckAt() {
      return lastAckAt;
    },
    get ackedAtMs() {
      return ackedAtMs;
    },
    sending,
  };
  return telling;
}

function toWireItem({ entry, content, movedFrom }: OutgoingItem): BatchItem {
  return { entry, ...(content !== undefined && { content }), ...(movedFrom !== undefined && { movedFrom }) };
}
