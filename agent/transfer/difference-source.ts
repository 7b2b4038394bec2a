/**
 * Answers a peer that has nearly the content of a file: with the blocks that differ, or by rsync, which reads it here and
 * makes it anew there.
 *
 * @module
 */
import { basename, dirname } from 'node:path';
import PQueue from 'p-queue';
import type { AbsPath } from '../../platform/abs-path.ts';
import { messageOf } from '../../platform/failure.ts';
import type { ContentHash } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { differingRanges, type Range } from './block-sums.ts';
import { knownShare } from './known-share.ts';
import { joinLane, type Lane, type LaneRun } from './lane.ts';
import { sendRanges } from './patch.ts';
import type { RsyncProgram } from './rsync-program.ts';
import type { SumBook } from './sum-book.ts';

export interface DifferenceWanted {
  readonly id: number;
  readonly path: RelPath;
  readonly hash: string;
  /** Of what the peer has, by blocks; rsync is asked for without them. */
  readonly sums?: Uint8Array | undefined;
}

export interface DifferenceSource {
  wanted(item: DifferenceWanted): void;
  /** From the peer's end of the lane. @returns false where it breaks the rules */
  received(id: number, bytes: Uint8Array, last: boolean): boolean;
  credited(id: number, upTo: number): void;
  cancel(id: number): void;
  close(): void;
}

export interface DifferenceSourceOptions {
  readonly rsync: RsyncProgram | undefined;
  /** Where that content is now, as a regular file reached through folders alone; undefined if it is not any more. */
  readonly find: (item: DifferenceWanted) => Found | undefined;
  readonly sumsOf: SumBook['sumsOf'];
  readonly rsyncStarted: (id: number, flags: string) => void;
  readonly patchStarted: (id: number, ranges: readonly Range[]) => void;
  /** It will not come this way. The share of it that the peer has at whatever place, by samples, where it is known. */
  readonly unable: (id: number, reason: string, share?: number) => void;
  readonly send: (id: number, bytes: Uint8Array, last: boolean) => void;
  readonly credit: (id: number, upTo: number) => void;
  readonly whenRoom: (callback: () => void) => void;
}

interface Found {
  readonly file: AbsPath;
  readonly hash: ContentHash;
  /** There may be more behind it. */
  readonly sizeBytes: number;
}

interface Sending {
  readonly run: LaneRun;
  readonly lane: Lane;
}

/** Our end of a lane, and how the peer hears that it is there. */
interface Begun {
  readonly run: LaneRun;
  /** Much of it would be under way: few such go at a time. */
  readonly isHeavy: boolean;
  readonly tell: () => void;
}

/** More at once would only make each slower: one reads while the other waits for the line. */
export const LARGE_AT_ONCE = 2;
/** Those that are done in a moment, save for the round trip that each takes. */
export const SMALL_AT_ONCE = 8;
/** A save waits behind all that is under way of all patches: few at a time may have more than this. */
const LIGHT_BYTES = 256 << 10;
/** A patch that is cut begins again; rsync goes on where it was. */
const MAX_PATCH_BYTES = 32 << 20;
/** Of many ranges each is small: rsync tells them in less. */
const MAX_RANGES = 4096;

class TooMuchDiffers extends Error {
  readonly share: number;

  constructor(share: number) {
    super('too much of it differs, or is at another place');
    this.share = share;
  }
}

export function createDifferenceSource(options: DifferenceSourceOptions): DifferenceSource {
  const patches = new PQueue({ concurrency: SMALL_AT_ONCE + LARGE_AT_ONCE });
  const runs = new PQueue({ concurrency: LARGE_AT_ONCE });
  const heavy = new PQueue({ concurrency: LARGE_AT_ONCE });
  const sendingById = new Map<number, Sending>();
  /** Asked for, not answered, and still wanted. */
  const asked = new Set<number>();

  /** @throws what keeps it from being begun, for people */
  const begin = async ({ id, sums }: DifferenceWanted, found: Found): Promise<Begun> => {
    if (sums === undefined) return beginRsync(id, found);
    const wanted = await options.sumsOf(found);
    if (wanted === undefined) throw new Error('the file changed while it was read');
    const ranges = differingRanges(sums, wanted, found.sizeBytes);
    const bytes = ranges.reduce((sum, range) => sum + range.bytes, 0);
    if (bytes > Math.min(MAX_PATCH_BYTES, found.sizeBytes / 2) || ranges.length > MAX_RANGES)
      throw new TooMuchDiffers(await knownShare(found.file, found.sizeBytes, sums));
    return {
      run: sendRanges(found.file, ranges),
      isHeavy: bytes > LIGHT_BYTES,
      tell: () => options.patchStarted(id, ranges),
    };
  };
  const beginRsync = async (id: number, { file }: Found): Promise<Begun> => {
    if (options.rsync === undefined) throw new Error('there is no rsync');
    const run = options.rsync.send(dirname(file) as AbsPath, basename(file));
    try {
      const flags = await run.flags;
      return { run, isHeavy: false, tell: () => options.rsyncStarted(id, flags) };
    } catch {
      throw new Error((await run.ended) ?? 'rsync ended before it began');
    }
  };
  const answer = async (item: DifferenceWanted): Promise<void> => {
    const { id } = item;
    if (!asked.has(id)) return;
    const unable = (reason: string, share?: number): void => {
      if (asked.delete(id)) options.unable(id, reason, share);
    };
    const found = options.find(item);
    if (found === undefined) return unable('the file has changed');
    let begun: Begun;
    try {
      begun = await begin(item, found);
    } catch (error) {
      return unable(messageOf(error), error instanceof TooMuchDiffers ? error.share : undefined);
    }
    const failure = await (begun.isHeavy ? heavy.add(() => carry(id, begun)) : carry(id, begun));
    if (failure !== undefined) unable(failure);
    asked.delete(id);
  };
  /** @returns what went wrong, for people */
  const carry = async (id: number, { run, tell }: Begun): Promise<string | undefined> => {
    if (!asked.has(id)) {
      run.stop();
      return undefined;
    }
    tell();
    const lane = joinLane({
      from: run.from,
      to: run.to,
      send: (bytes, last) => options.send(id, bytes, last),
      credit: (upTo) => options.credit(id, upTo),
      whenRoom: options.whenRoom,
    });
    sendingById.set(id, { run, lane });
    const failure = await run.ended;
    sendingById.delete(id);
    return failure;
  };

  return {
    wanted(item) {
      asked.add(item.id);
      void (item.sums === undefined ? runs : patches).add(() => answer(item));
    },
    received: (id, bytes, last) => sendingById.get(id)?.lane.received(bytes, last) ?? true,
    credited: (id, upTo) => sendingById.get(id)?.lane.credited(upTo),
    cancel(id) {
      asked.delete(id);
      sendingById.get(id)?.run.stop();
    },
    close() {
      asked.clear();
      for (const queue of [patches, runs, heavy]) queue.clear();
      for (const { run } of sendingById.values()) run.stop();
    },
  };
}
