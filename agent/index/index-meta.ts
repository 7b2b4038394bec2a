/**
 * What an index keeps beside its entries: its epoch, what it counts, how far its numbers are reserved, and how far the
 * entries of each peer were taken over.
 *
 * Sequence numbers are reserved in blocks that are durable before they are used, so that a number, and with it a counter
 * of a version, is never used twice, also after a crash that lost the last group of entries.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { RootDatabase } from 'lmdb';
import * as z from 'zod';
import { DsyncError } from '../../platform/failure.ts';
import { isLive, type Recorded } from '../core/entry.ts';
import type { EpochId } from '../core/version.ts';

/** Live entries by kind; symlinks count as files. */
export interface Counts {
  readonly files: number;
  readonly folders: number;
  readonly bytes: number;
}

export interface IndexMeta {
  readonly epoch: EpochId;
  /** Last sequence number given out. */
  readonly seq: number;
  readonly counts: Counts;
  /** True if nothing was stored before. */
  readonly fresh: boolean;
  nextSeq(): number;
  renewEpoch(): void;
  count(record: Recorded | undefined, by: 1 | -1): void;
  cursors(): [EpochId, number][];
  /** Each of these is stored by {@link writeCursors}; until then it {@link waits}. */
  setCursor(epoch: EpochId, seq: number): void;
  forgetCursors(): void;
  safeUpTo(epoch: EpochId): number;
  setSafeUpTo(epoch: EpochId, seq: number): void;
  readonly waits: boolean;
  /** Within a transaction: counts, and more numbers where half of a block is used. */
  write(): void;
  /** Within a transaction that leaves no entry out: never ahead of what they stand for. */
  writeCursors(): void;
  /** The last words before closing: numbers that are not used are given back. */
  writeLast(): void;
}

const SEQ_BLOCK = 100_000;

const metaSchema = z.object({
  format: z.literal(1),
  epoch: z.string().min(8),
  ceiling: z.number().int(),
  counts: z.object({ files: z.number(), folders: z.number(), bytes: z.number() }),
});

const seqsByEpochSchema = z.array(z.tuple([z.string().transform((id) => id as EpochId), z.number()]));

/**
 * @param place what an error calls it
 * @throws {DsyncError} BAD_STATE it is of another format
 */
export function openMeta(env: RootDatabase, place: string): IndexMeta {
  const meta = env.openDB<unknown, string>({ name: 'meta', encoding: 'json' });
  const stored = meta.get('index');
  const parsed = metaSchema.safeParse(stored);
  if (stored !== undefined && !parsed.success) {
    throw new DsyncError('BAD_STATE', `The index in ${place} is of a format that this version does not know`);
  }
  const seqsByEpoch = (key: string) => new Map<EpochId, number>(seqsByEpochSchema.parse(meta.get(key) ?? []));
  const cursors = seqsByEpoch('cursors');
  const safe = seqsByEpoch('safe');
  let epoch = (parsed.success ? parsed.data.epoch : newEpoch()) as EpochId;
  let seq = parsed.success ? parsed.data.ceiling : 0;
  let ceiling = seq + SEQ_BLOCK;
  const counts = parsed.success ? { ...parsed.data.counts } : { files: 0, folders: 0, bytes: 0 };
  let waits = false;

  const put = () => {
    void meta.put('index', { format: 1, epoch, ceiling, counts });
  };
  const putNow = () => env.transactionSync(put);
  const writeCursors = () => {
    if (!waits) return;
    void meta.put('cursors', [...cursors]);
    void meta.put('safe', [...safe]);
    waits = false;
  };
  putNow();

  return {
    get epoch() {
      return epoch;
    },
    get seq() {
      return seq;
    },
    counts,
    fresh: stored === undefined,
    nextSeq() {
      seq++;
      if (seq >= ceiling) {
        ceiling = seq + SEQ_BLOCK;
        putNow();
      }
      return seq;
    },
    renewEpoch() {
      epoch = newEpoch();
      putNow();
    },
    count(record, by) {
      if (!isLive(record)) return;
      if (record.kind === 'folder') counts.folders += by;
      else counts.files += by;
      counts.bytes += by * record.sizeBytes;
    },
    cursors: () => [...cursors],
    setCursor(id, at) {
      if (cursors.get(id) === at) return;
      cursors.set(id, at);
      waits = true;
    },
    forgetCursors() {
      cursors.clear();
      waits = true;
    },
    safeUpTo: (id) => safe.get(id) ?? 0,
    setSafeUpTo(id, at) {
      safe.set(id, at);
      waits = true;
    },
    get waits() {
      return waits;
    },
    write() {
      if (seq > ceiling - SEQ_BLOCK / 2) ceiling = seq + SEQ_BLOCK;
      put();
    },
    writeCursors,
    writeLast() {
      ceiling = seq;
      env.transactionSync(() => {
        put();
        writeCursors();
      });
    },
  };
}

function newEpoch(): EpochId {
  return randomBytes(9).toString('base64url') as EpochId;
}
