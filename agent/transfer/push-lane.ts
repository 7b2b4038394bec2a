/**
 * What goes out to one peer for one root: the entries of our index that it has not taken over yet, by their numbers,
 * small content along with them, and no question asked first.
 *
 * In order, a batch covers a range of numbers, so that the peer knows how far it has come. A lone save that would wait
 * behind a long range overtakes it; when the range gets there, it names the entry once more, without content.
 *
 * @module
 */
import type { Entry, Recorded } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { parentOf } from '../core/rel-path.ts';
import type { EpochId } from '../core/version.ts';
import type { LineWindow } from './line-window.ts';

/** One local change, just recorded. */
export interface LocalChange {
  readonly record: Recorded;
  /** Tombstone of the path that the content was at until now. */
  readonly movedFrom: Recorded | undefined;
  /** May overtake: it comes alone, not as part of a flood. */
  readonly lone: boolean;
  /** When it was seen, by `performance.now()`. */
  readonly seenAt: number;
  /** The number under which this host has had that content before. */
  readonly contentSeq?: number | undefined;
  /** The number under which this very path had it until now: its mode or times alone are others. */
  readonly keptSeq?: number | undefined;
}

export interface OutgoingItem {
  readonly entry: Entry;
  readonly content: Uint8Array | undefined;
  readonly movedFrom: Entry | undefined;
}

export interface OutgoingBatch {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly bulk: boolean;
  readonly items: readonly OutgoingItem[];
}

export interface PushLane {
  /** Sends what may be sent now, until the time is up, by `performance.now()`; true if more could be sent. */
  pump(untilMs: number): boolean;
  /** A local change was recorded; to be followed by {@link pump}. */
  changed(change: LocalChange): void;
  /** The peer was told our last number anew: at the next {@link pump} it hears that there is nothing up to it. */
  tellAgain(): void;
  /** @returns what the batch held, undefined if no such batch is under way */
  acked(id: number): { readonly items: number; readonly seenAt: number | undefined } | undefined;
  /** Everything was sent and acknowledged. */
  readonly idle: boolean;
  /** The last number handed to the link. */
  readonly sentSeq: number;
  /** The peer has taken over everything up to this number. */
  readonly ackedSeq: number;
  /** Entries sent and not acknowledged. */
  readonly unacked: number;
}

export interface PushLaneOptions {
  readonly index: {
    readonly seq: number;
    since(seq: number, limit: number, maxBytes?: number): Recorded[];
    get(path: RelPath): Recorded | undefined;
  };
  /** The peer has everything up to this number. */
  readonly after: number;
  /** Entries that came from this epoch in this very version need not go back to it; undefined: all go. */
  readonly peerEpoch: EpochId | undefined;
  /** Content goes along up to this number; above it always. Used for a peer that has nothing, or lacks little. */
  readonly inlineUpTo: number;
  /** The content of the entry as it stands on disk, undefined if it is too large or is not that any more. */
  readonly contentOf: (record: Recorded) => Uint8Array | undefined;
  /** Ids that no other lane of this link used. */
  readonly nextId: () => number;
  /** How much content may be under way. */
  readonly window: LineWindow;
  readonly send: (batch: OutgoingBatch) => void;
  /** All there is has been sent. */
  readonly caughtUp: (seq: number) => void;
}

type Local = Pick<LocalChange, 'lone' | 'seenAt' | 'contentSeq' | 'keptSeq'>;

interface UnderWay {
  readonly from: number;
  readonly items: number;
  readonly sizeBytes: number;
  readonly seenAt: number | undefined;
  readonly overtaking: boolean;
  readonly bulk: boolean;
}

const MAX_BATCH_ENTRIES = 128;
const MAX_BATCH_BYTES = 256 << 10;
const MAX_UNACKED_ENTRIES = 1024;
/** So that one batch is applied while another is under way and a third is made. */
const MIN_UNACKED_BYTES = 512 << 10;
/** Batches up to this many entries go ahead of bulk: they are applied as they come in. */
const LONE_ENTRIES = 16;
const MAX_OVERTAKING = 256;
/** With so many batches of bulk under way, the next waits until it is full or one of them was acknowledged. */
const ENOUGH_UNDER_WAY = 2;
/** A few milliseconds of going through. */
const MANY_NUMBERS = 1000;

export function createPushLane(options: PushLaneOptions): PushLane {
  const { index, peerEpoch, contentOf, send } = options;
  // What the index held when the link came up is news of the past: content goes along only if asked for by `inlineUpTo`.
  const openedAt = index.seq;
  let sentSeq = options.after;
  let saidCaughtUp = false;
  let saidSeq = options.after;
  let unackedEntries = 0;
  let unackedBytes = 0;
  const underWay = new Map<number, UnderWay>();
  const localBySeq = new Map<number, Local>();
  const movedFromBySeq = new Map<number, Recorded>();
  /** Numbers of tombstones that go along with the move they belong to. */
  const carried = new Set<number>();
  const overtaken = new Map<RelPath, number>();
  let overtaking = 0;
  /** What overtakes with the next message. */
  let ahead: { readonly record: Recorded; readonly seenAt: number }[] = [];
  let aheadBytes = 0;
  let bulkUnderWay = 0;

  const mostUnacked = () => Math.max(MIN_UNACKED_BYTES, options.window.bytes);
  const dispatch = (
    items: readonly OutgoingItem[],
    from: number,
    to: number,
    bulk: boolean,
    seenAt: number | undefined,
  ) => {
    const sizeBytes = items.reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
    const id = options.nextId();
    underWay.set(id, { from, items: items.length, sizeBytes, seenAt, overtaking: to === 0, bulk });
    if (bulk) bulkUnderWay++;
    if (underWay.size === 1) options.window.starts();
    saidCaughtUp = false;
    unackedEntries += items.length;
    unackedBytes += sizeBytes;
    send({ id, from, to, bulk, items });
  };
  /** Those of one moment go together: one message for each would cost more than what is in it. */
  const sendAhead = (): void => {
    const [first] = ahead;
    if (first === undefined) return;
    const items = ahead.map(({ record }) => outgoing(record));
    for (const { record } of ahead) overtaken.set(record.path, record.seq);
    [ahead, aheadBytes] = [[], 0];
    dispatch(items, 0, 0, false, first.seenAt);
  };
  /** The peer took that content over before: it has it at that path, at another or in the trash, and asks if it has not. */
  const hasHad = (local: Local | undefined): boolean => {
    if (local === undefined) return false;
    const { lone, keptSeq, contentSeq } = local;
    const seq = keptSeq ?? (lone ? undefined : contentSeq);
    return seq !== undefined && seq <= lane.ackedSeq;
  };
  const outgoing = (record: Recorded): OutgoingItem => {
    const inline = record.kind === 'file' && (record.seq > openedAt || record.seq <= options.inlineUpTo);
    const movedFrom = movedFromBySeq.get(record.seq);
    const known =
      movedFrom !== undefined || overtaken.get(record.path) === record.seq || hasHad(localBySeq.get(record.seq));
    return { entry: record, content: inline && !known ? contentOf(record) : undefined, movedFrom };
  };
  /** Folders that got a later number than what is in them: the peer must hear of them first. */
  const unsentParents = (record: Recorded, sent: Set<RelPath>): Recorded[] => {
    const parents: Recorded[] = [];
    for (let path = parentOf(record.path); path !== undefined && !sent.has(path); path = parentOf(path)) {
      sent.add(path);
      const parent = index.get(path);
      if (parent !== undefined && parent.seq > sentSeq && parent.kind === 'folder') parents.unshift(parent);
    }
    return parents;
  };
  const sendNext = (): boolean => {
    const contentGoesAlong = sentSeq < options.inlineUpTo || sentSeq >= openedAt;
    const records = index.since(sentSeq, MAX_BATCH_ENTRIES, contentGoesAlong ? MAX_BATCH_BYTES : undefined);
    if (records.length === 0) {
      // Numbers whose paths were forgotten, or superseded, name nothing any more.
      sentSeq = Math.max(sentSeq, index.seq);
      return false;
    }
    const from = sentSeq + 1;
    const items: OutgoingItem[] = [];
    const sent = new Set<RelPath>();
    let sizeBytes = 0;
    let seenAt: number | undefined;
    let flood = false;
    let to = sentSeq;
    for (const record of records) {
      to = record.seq;
      if ((peerEpoch === undefined || record.from !== peerEpoch) && !carried.delete(record.seq)) {
        if (record.kind !== 'tombstone') for (const parent of unsentParents(record, sent)) items.push(outgoing(parent));
        const item = outgoing(record);
        const moved = movedFromBySeq.get(record.seq);
        if (moved !== undefined) carried.add(moved.seq);
        items.push(item);
        sent.add(record.path);
        sizeBytes += item.content?.length ?? 0;
        const local = localBySeq.get(record.seq);
        seenAt ??= local?.seenAt;
        flood ||= local?.lone === false;
      }
      localBySeq.delete(record.seq);
      movedFromBySeq.delete(record.seq);
      overtaken.delete(record.path);
      if (sizeBytes >= MAX_BATCH_BYTES) break;
    }
    sentSeq = to;
    flood ||= items.length > LONE_ENTRIES;
    // In order means in order: behind bulk, a folder's tombstone would come before what was in the folder went away.
    const bulk = flood || to <= openedAt || bulkUnderWay > 0;
    if (items.length > 0) dispatch(items, from, to, bulk, flood ? undefined : seenAt);
    return true;
  };

  const lane: PushLane = {
    pump(untilMs) {
      sendAhead();
      while (unackedEntries < MAX_UNACKED_ENTRIES && unackedBytes < mostUnacked()) {
        if (bulkUnderWay >= ENOUGH_UNDER_WAY && index.seq - sentSeq < MAX_BATCH_ENTRIES) {
          options.window.hasRoom();
          return false;
        }
        if (sendNext()) {
          if (performance.now() >= untilMs) return true;
          continue;
        }
        // Numbers of what came from the peer itself are of no interest to it, save that many are gone through again otherwise
        // when the next link comes up.
        if (!saidCaughtUp || sentSeq - saidSeq >= MANY_NUMBERS) {
          saidCaughtUp = true;
          saidSeq = sentSeq;
          options.caughtUp(sentSeq);
        }
        options.window.hasRoom();
        return false;
      }
      return false;
    },
    changed({ record, movedFrom, lone, seenAt, contentSeq, keptSeq }) {
      localBySeq.set(record.seq, { lone, seenAt, contentSeq, keptSeq });
      if (movedFrom !== undefined) movedFromBySeq.set(record.seq, movedFrom);
      const inTurn =
        bulkUnderWay === 0 &&
        unackedEntries < MAX_UNACKED_ENTRIES &&
        unackedBytes < mostUnacked() &&
        record.seq - sentSeq <= LONE_ENTRIES;
      if (inTurn || !lone || record.kind === 'tombstone' || overtaking >= MAX_OVERTAKING) return;
      overtaking++;
      ahead.push({ record, seenAt });
      aheadBytes += record.sizeBytes;
      if (ahead.length >= LONE_ENTRIES || aheadBytes >= MAX_BATCH_BYTES) sendAhead();
    },
    tellAgain() {
      saidCaughtUp = false;
    },
    acked(id) {
      const batch = underWay.get(id);
      if (batch === undefined) return undefined;
      underWay.delete(id);
      unackedEntries -= batch.items;
      unackedBytes -= batch.sizeBytes;
      options.window.arrived(batch.sizeBytes);
      if (batch.overtaking) overtaking -= batch.items;
      if (batch.bulk) bulkUnderWay--;
      return batch;
    },
    get idle() {
      return underWay.size === 0 && ahead.length === 0 && sentSeq >= index.seq;
    },
    get sentSeq() {
      return sentSeq;
    },
    get ackedSeq() {
      // Insertion order is the order of numbers.
      for (const { from, overtaking: aside } of underWay.values()) if (!aside) return from - 1;
      return sentSeq;
    },
    get unacked() {
      return unackedEntries;
    },
  };
  return lane;
}
