/**
 * The durable map from path to entry of one root on one host.
 *
 * Writes are seen at once and committed in groups a moment later. What a crash takes of the last group is found again by
 * the next pass over the disk, under new numbers.
 *
 * @module
 */
import { mkdirSync } from 'node:fs';
import { type Database, open } from 'lmdb';
import type { AbsPath } from '../../platform/abs-path.ts';
import { type ContentHash, type Recorded, recordOf } from '../core/entry.ts';
import { isBelow, keyToRelPath, type RelPath, relPathToKey } from '../core/rel-path.ts';
import type { EpochId } from '../core/version.ts';
import { decodeRecord, encodeRecord } from './codec.ts';
import { createContentBook } from './content-book.ts';
import { type IndexMeta, openMeta } from './index-meta.ts';
import { createPathFilter } from './path-filter.ts';
import { createRecentNumbers } from './recent-numbers.ts';
import { createRecordCache } from './record-cache.ts';

export interface IndexStore extends Pick<IndexMeta, 'epoch' | 'seq' | 'counts'> {
  /** True if the index was made by this opening: nothing is known yet. */
  readonly fresh: boolean;
  get(path: RelPath): Recorded | undefined;
  /** Reserves the next number, so that a local change can use it as its counter before it is put. */
  nextSeq(): number;
  /** Writes the record under the next number, or under `seq` if {@link nextSeq} gave it out just before. */
  put(record: Omit<Recorded, 'seq'>, seq?: number): Recorded;
  /** Changes only what this host knows of the path: no new number, nothing travels. */
  restat(record: Recorded): void;
  /** Drops the record: as if the path had never been heard of. */
  forget(path: RelPath): void;
  /** In the order of a depth-first walk. Complete only up to the last {@link commit}; look each path up again by `get`. */
  records(): Iterable<Recorded>;
  /** All records below a folder, in the order of a depth-first walk, those not committed yet among them. */
  below(folder: RelPath): Recorded[];
  /**
   * Records with a number above `seq`, by number, each path once with its latest: at most `limit`, and no more than it
   * takes to have `maxBytes` of files that are not larger than that each.
   */
  since(seq: number, limit: number, maxBytes?: number): Recorded[];
  /**
   * The number under which content was recorded last, at whatever path. A hint: what was never walked over since the
   * opening is not known, and what it names may be gone.
   */
  contentSeq(hash: ContentHash): number | undefined;
  /** A live file with that content. Not all that there is is found. */
  withContent(hash: ContentHash): Recorded | undefined;
  /** What was written last comes first; complete only up to the last {@link commit}. */
  latest(limit: number): Recorded[];
  /** How far this host has taken over a peer's entries: everything up to that number of that epoch. */
  cursors(): [EpochId, number][];
  setCursor(epoch: EpochId, seq: number): void;
  /** Every peer is asked for everything when it is linked next: something of theirs was forgotten here. */
  forgetCursors(): void;
  /** What came from that epoch and has a number up to this one is known to be on that host's disk. */
  safeUpTo(epoch: EpochId): number;
  setSafeUpTo(epoch: EpochId, seq: number): void;
  /** A new life for the counters: the index turned out to be older than what peers have seen of it. */
  renewEpoch(): void;
  /** Resolves once all that was put is committed: it survives a crash of the process. */
  commit(): Promise<void>;
  /** Resolves once all that was committed is on disk: it survives a power cut. */
  durable(): Promise<void>;
  close(): Promise<void>;
}

interface Pending {
  readonly record: Recorded | undefined;
  readonly staleSeqs: readonly number[];
}

const COMMIT_AFTER_MS = 20;
/** After a large group: each commit syncs the disk, and a flood must not wait for that all the time. */
const COMMIT_FLOOD_MS = 250;
const FLOOD_RECORDS = 200;
/** Packing a record takes some microseconds: a group of so many does not hold the event loop up. */
const GROUP_RECORDS = 1000;

/** @throws {DsyncError} BAD_STATE the folder holds an index of another format */
export function openIndex(folder: AbsPath): IndexStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const env = open({
    path: folder,
    maxDbs: 4,
    pageSize: 4096,
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
  });
  const entries: Database<Buffer, Buffer> = env.openDB({ name: 'entries', encoding: 'binary', keyEncoding: 'binary' });
  const seqs: Database<Buffer, Buffer> = env.openDB({ name: 'seqs', encoding: 'binary', keyEncoding: 'binary' });
  const meta = openMeta(env, folder);

  let commitAfterMs = COMMIT_AFTER_MS;

  const book = createContentBook();
  const note = (record: Recorded) => {
    if (record.kind === 'file' && record.sizeBytes > 0) book.add(record.hash, record.seq);
  };

  /** Of an index that was there already, all of it is known once it was walked over. */
  const filter = createPathFilter();
  let filterIsWhole = meta.fresh;
  const recent = createRecentNumbers(meta.seq);

  const pending = new Map<RelPath, Pending>();
  let timer: NodeJS.Timeout | undefined;
  let committing: Promise<void> | undefined;

  const cache = createRecordCache((path) => {
    const bytes = entries.get(relPathToKey(path));
    return bytes === undefined ? undefined : decodeRecord(path, bytes);
  });
  const committed = cache.get;
  const get = (path: RelPath): Recorded | undefined => {
    const waiting = pending.get(path);
    if (waiting !== undefined) return waiting.record;
    return filterIsWhole && !filter.mayHave(path) ? undefined : committed(path);
  };
  const write = (path: RelPath, record: Recorded | undefined) => {
    const waiting = pending.get(path);
    const before = get(path);
    meta.count(before, -1);
    meta.count(record, 1);
    if (record !== undefined) note(record);
    filter.add(path);
    const staleSeqs = [...(waiting?.staleSeqs ?? [])];
    if (before !== undefined && before.seq !== record?.seq) staleSeqs.push(before.seq);
    // Deleted first: the map's order is the order of the numbers.
    if (before?.seq !== record?.seq) pending.delete(path);
    pending.set(path, { record, staleSeqs });
    commitSoon();
  };
  /** Resolves to whether nothing was left out. */
  const commitGroup = async (): Promise<boolean> => {
    const group: [RelPath, Pending][] = [];
    for (const each of pending) {
      if (group.push(each) === GROUP_RECORDS) break;
    }
    const isAll = group.length === pending.size;
    commitAfterMs = group.length > FLOOD_RECORDS ? COMMIT_FLOOD_MS : COMMIT_AFTER_MS;
    await env.batch(() => {
      for (const [path, { record, staleSeqs }] of group) {
        const key = relPathToKey(path);
        for (const stale of staleSeqs) void seqs.remove(seqKey(stale));
        if (record === undefined) void entries.remove(key);
        else {
          void entries.put(key, encodeRecord(record));
          void seqs.put(seqKey(record.seq), key);
        }
      }
      meta.write();
      if (isAll) meta.writeCursors();
    });
    // Reads see a moment of the past until they begin anew: without this, what leaves memory here would be nowhere.
    env.resetReadTxn();
    for (const [path, written] of group) {
      cache.set(path, written.record);
      const waiting = pending.get(path);
      if (waiting === written) pending.delete(path);
    }
    return isAll;
  };
  const commit = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    // Also what is written anew meanwhile, which goes behind the others: a group that took all that waited holds it.
    let isAll: boolean;
    do {
      while (committing !== undefined) await committing;
      if (pending.size === 0 && !meta.waits) return;
      const group = commitGroup();
      committing = group
        .catch(() => {})
        .then(() => {
          committing = undefined;
        });
      isAll = await group;
    } while (!isAll);
  };
  const commitSoon = () => {
    timer ??= setTimeout(() => void commit(), commitAfterMs);
  };

  return {
    get epoch() {
      return meta.epoch;
    },
    get seq() {
      return meta.seq;
    },
    counts: meta.counts,
    fresh: meta.fresh,
    get,
    nextSeq: meta.nextSeq,
    put(record, given) {
      const recorded = recordOf(record, record, given ?? meta.nextSeq());
      write(record.path, recorded);
      recent.add(recorded.seq, record.path);
      return recorded;
    },
    restat(record) {
      write(record.path, record);
    },
    forget(path) {
      write(path, undefined);
    },
    *records() {
      for (const { key, value } of entries.getRange({ snapshot: false })) {
        const record = decodeRecord(keyToRelPath(key), value);
        if (!pending.has(record.path)) note(record);
        filter.add(record.path);
        yield record;
      }
      filterIsWhole = true;
    },
    contentSeq: book.get,
    withContent(hash) {
      const number = book.get(hash);
      const key = number === undefined ? undefined : seqs.get(seqKey(number));
      const record = key === undefined ? undefined : get(keyToRelPath(key));
      return record?.kind === 'file' && record.hash === hash ? record : undefined;
    },
    below(folder) {
      const prefix = Buffer.concat([relPathToKey(folder), Buffer.from([0])]);
      const end = Buffer.concat([relPathToKey(folder), Buffer.from([1])]);
      const found = new Map<RelPath, Recorded>();
      for (const { key, value } of entries.getRange({ start: prefix, end })) {
        const path = keyToRelPath(key);
        found.set(path, decodeRecord(path, value));
      }
      const before = found.size;
      let added = false;
      for (const [path, { record }] of pending) {
        if (!isBelow(path, folder)) continue;
        if (record === undefined) found.delete(path);
        else {
          added ||= !found.has(path);
          found.set(path, record);
        }
      }
      const records = [...found.values()];
      if (added || found.size > before)
        records.sort((a, b) => Buffer.compare(relPathToKey(a.path), relPathToKey(b.path)));
      return records;
    },
    since(after, limit, maxBytes = Number.POSITIVE_INFINITY) {
      const records: Recorded[] = [];
      let [next, sizeBytes] = [0, 0];
      const isFull = () => records.length >= limit || sizeBytes >= maxBytes;
      const take = (record: Recorded) => {
        if (isFull()) return;
        records.push(record);
        if (record.sizeBytes <= maxBytes) sizeBytes += record.sizeBytes;
      };
      const latest = recent.since(after);
      if (latest !== undefined) {
        for (const { seq: number, path } of latest) {
          if (isFull()) break;
          const record = get(path);
          if (record?.seq === number) take(record);
        }
        return records;
      }
      // What waits is told from memory, all else from the database; both in the order of their numbers.
      const waiting: Recorded[] = [];
      for (const { record } of pending.values()) if (record !== undefined && record.seq > after) waiting.push(record);
      waiting.sort((a, b) => a.seq - b.seq);
      for (const { key, value } of seqs.getRange({ start: seqKey(after + 1) })) {
        const number = key.readUIntBE(0, 6);
        for (let first = waiting[next]; first !== undefined && first.seq < number; first = waiting[++next]) take(first);
        if (isFull()) break;
        const path = keyToRelPath(value);
        const record = pending.has(path) ? undefined : committed(path);
        if (record?.seq === number) take(record);
      }
      while (!isFull() && next < waiting.length) waiting.slice(next, ++next).forEach(take);
      return records;
    },
    latest(limit) {
      const records: Recorded[] = [];
      for (const { value } of seqs.getRange({ reverse: true, limit })) {
        const record = committed(keyToRelPath(value));
        if (record !== undefined) records.push(record);
      }
      return records;
    },
    cursors: meta.cursors,
    setCursor(id, at) {
      meta.setCursor(id, at);
      if (meta.waits) commitSoon();
    },
    forgetCursors() {
      meta.forgetCursors();
      commitSoon();
    },
    safeUpTo: meta.safeUpTo,
    setSafeUpTo(id, at) {
      meta.setSafeUpTo(id, at);
      commitSoon();
    },
    renewEpoch: meta.renewEpoch,
    commit,
    async durable() {
      await env.flushed;
    },
    async close() {
      while (pending.size > 0 || committing !== undefined) await commit();
      clearTimeout(timer);
      meta.writeLast();
      await env.flushed;
      await env.close();
    },
  };
}

function seqKey(seq: number): Buffer {
  const key = Buffer.alloc(6);
  key.writeUIntBE(seq, 0, 6);
  return key;
}
