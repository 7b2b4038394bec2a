/**
 * Answers a peer that has nearly the content of a file: rsync reads it here, and makes it anew there.
 *
 * @module
 */
import { basename, dirname } from 'node:path';
import PQueue from 'p-queue';
import type { AbsPath } from '../../platform/abs-path.ts';
import type { RelPath } from '../core/rel-path.ts';
import { joinLane, type Lane } from './lane.ts';
import type { RsyncProgram, RsyncRun } from './rsync-program.ts';

export interface RsyncWanted {
  readonly id: number;
  readonly path: RelPath;
  readonly hash: string;
}

export interface RsyncSource {
  wanted(item: RsyncWanted): void;
  /** From the peer's rsync. @returns false where it breaks the rules */
  received(id: number, bytes: Uint8Array, last: boolean): boolean;
  credited(id: number, upTo: number): void;
  cancel(id: number): void;
  close(): void;
}

export interface RsyncSourceOptions {
  readonly rsync: RsyncProgram | undefined;
  /** Where that content is now, as a regular file reached through folders alone; undefined if it is not any more. */
  readonly find: (item: RsyncWanted) => AbsPath | undefined;
  readonly started: (id: number, flags: string) => void;
  /** It will not come this way. */
  readonly unable: (id: number, reason: string) => void;
  readonly send: (id: number, bytes: Uint8Array, last: boolean) => void;
  readonly credit: (id: number, upTo: number) => void;
  readonly whenRoom: (callback: () => void) => void;
}

interface Sending {
  readonly run: RsyncRun;
  readonly lane: Lane;
}

/** More at once would only make each slower: one reads while the other waits for the line. */
export const RSYNC_CONCURRENCY = 2;

export function createRsyncSource(options: RsyncSourceOptions): RsyncSource {
  const queue = new PQueue({ concurrency: RSYNC_CONCURRENCY });
  const sendingById = new Map<number, Sending>();
  /** Asked for, not answered, and still wanted. */
  const asked = new Set<number>();

  const answer = async (item: RsyncWanted): Promise<void> => {
    const { id } = item;
    const { rsync } = options;
    if (!asked.has(id)) return;
    const unable = (reason: string): void => {
      if (asked.delete(id)) options.unable(id, reason);
    };
    if (rsync === undefined) return unable('there is no rsync');
    const at = options.find(item);
    if (at === undefined) return unable('the file has changed');
    const run = rsync.send(dirname(at) as AbsPath, basename(at));
    let flags: string;
    try {
      flags = await run.flags;
    } catch {
      return unable((await run.ended) ?? 'rsync ended before it began');
    }
    if (!asked.has(id)) return run.stop();
    options.started(id, flags);
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
    if (failure !== undefined) unable(failure);
    asked.delete(id);
  };

  return {
    wanted(item) {
      asked.add(item.id);
      void queue.add(() => answer(item));
    },
    received: (id, bytes, last) => sendingById.get(id)?.lane.received(bytes, last) ?? true,
    credited: (id, upTo) => sendingById.get(id)?.lane.credited(upTo),
    cancel(id) {
      asked.delete(id);
      sendingById.get(id)?.run.stop();
    },
    close() {
      asked.clear();
      queue.clear();
      for (const { run } of sendingById.values()) run.stop();
    },
  };
}
