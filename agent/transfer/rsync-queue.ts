/**
 * Content of which we have something that is nearly the same: rsync makes it from that and what differs, in the stage,
 * and goes on where an earlier run ended. What does not work this way comes by another.
 *
 * @module
 */
import { mkdirSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import PQueue from 'p-queue';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { messageOf } from '../../platform/failure.ts';
import type { ContentHash } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { watchGrowth } from './growth.ts';
import { joinLane, type Lane } from './lane.ts';
import { isRsyncFlags, type RsyncProgram, type RsyncRun } from './rsync-program.ts';
import { RSYNC_CONCURRENCY } from './rsync-source.ts';

export interface NearContent {
  readonly path: RelPath;
  readonly hash: ContentHash;
  readonly sizeBytes: number;
  /** A file of the same name with nearly the same content. */
  readonly basis: AbsPath;
}

export type Made =
  /** Verified; a file in the stage. */
  { readonly kind: 'content'; readonly content: AbsPath } | { readonly kind: 'unable'; readonly reason: string };

export interface RsyncQueue {
  /** Calls back once, unless the queue is closed first. */
  want(file: NearContent, done: (made: Made) => void): void;
  started(id: number, flags: string): void;
  unable(id: number, reason: string): void;
  /** From the peer's rsync. @returns false where it breaks the rules */
  received(id: number, bytes: Uint8Array, last: boolean): boolean;
  credited(id: number, upTo: number): void;
  readonly waiting: number;
  readonly waitingBytes: number;
  close(): void;
}

export interface RsyncQueueOptions {
  readonly rsync: RsyncProgram;
  /** So much of the file is in the stage, be it from here or from there; said now and then. */
  readonly onPart: (file: { readonly path: RelPath; readonly bytes: number; readonly bytesDone: number }) => void;
  readonly ask: (item: { id: number; path: RelPath; hash: ContentHash }) => void;
  readonly cancel: (id: number) => void;
  readonly send: (id: number, bytes: Uint8Array, last: boolean) => void;
  readonly credit: (id: number, upTo: number) => void;
  readonly whenRoom: (callback: () => void) => void;
  /** The folder in the stage in which the content of that hash collects. */
  readonly stageFor: (hash: ContentHash) => AbsPath;
  /** Undefined if the file changed meanwhile, which nobody should do. */
  readonly hashOf: (file: AbsPath) => Promise<ContentHash | undefined>;
}

interface Running {
  /** The peer's rsync is ready, with the flags that ours needs. */
  readonly begin: (flags: string) => void;
  readonly fail: (reason: string) => void;
  run: RsyncRun | undefined;
  lane: Lane | undefined;
}

export function createRsyncQueue(options: RsyncQueueOptions): RsyncQueue {
  const queue = new PQueue({ concurrency: RSYNC_CONCURRENCY });
  const runningById = new Map<number, Running>();
  let nextId = 1;
  let waiting = 0;
  let waitingBytes = 0;
  let closed = false;

  /** Resolves once both rsyncs are through; rejects where one of them failed. */
  const runBoth = (id: number, { path, hash, basis, sizeBytes }: NearContent, into: AbsPath): Promise<void> =>
    new Promise((resolve, reject) => {
      const running: Running = {
        begin(flags) {
          const run = options.rsync.receive({ flags, into, basis: dirname(basis) as AbsPath, sizeBytes });
          running.run = run;
          running.lane = joinLane({
            from: run.from,
            to: run.to,
            send: (bytes, last) => options.send(id, bytes, last),
            credit: (upTo) => options.credit(id, upTo),
            whenRoom: options.whenRoom,
          });
          void run.ended.then((failure) => (failure === undefined ? resolve() : reject(new Error(failure))));
        },
        fail(reason) {
          reject(new Error(reason));
          running.run?.stop();
        },
        run: undefined,
        lane: undefined,
      };
      runningById.set(id, running);
      options.ask({ id, path, hash });
    });
  const receive = async (id: number, file: NearContent): Promise<Made> => {
    const into = options.stageFor(file.hash);
    mkdirSync(into, { recursive: true, mode: 0o700 });
    const { path, sizeBytes } = file;
    const over = watchGrowth(into, (bytes) =>
      options.onPart({ path, bytes: sizeBytes, bytesDone: Math.min(bytes, sizeBytes) }),
    );
    try {
      await runBoth(id, file, into);
    } finally {
      over();
    }
    const made = childPath(into, basename(file.basis));
    // It may have grown while it was read: what was announced is its beginning.
    if (statSync(made).size > file.sizeBytes) truncateSync(made, file.sizeBytes);
    if ((await options.hashOf(made)) !== file.hash) {
      rmSync(into, { recursive: true });
      throw new Error('the file changed while it was read');
    }
    // Under a name of its own, as whoever is next may want the same content.
    const whole = `${into}-${id}` as AbsPath;
    renameSync(made, whole);
    rmSync(into, { recursive: true });
    return { kind: 'content', content: whole };
  };
  const make = async (id: number, file: NearContent): Promise<Made | undefined> => {
    if (closed) return undefined;
    try {
      return await receive(id, file);
    } catch (error) {
      if (!closed && runningById.get(id)?.run !== undefined) options.cancel(id);
      return { kind: 'unable', reason: messageOf(error) };
    } finally {
      runningById.delete(id);
    }
  };

  return {
    want(file, done) {
      waiting++;
      waitingBytes += file.sizeBytes;
      const id = nextId++;
      // The smaller first: nobody waits long for what takes a moment.
      void queue
        .add(() => make(id, file), { priority: -file.sizeBytes })
        .then((made) => {
          waiting--;
          waitingBytes -= file.sizeBytes;
          if (made !== undefined && !closed) done(made);
        });
    },
    started(id, flags) {
      const running = runningById.get(id);
      if (running?.run !== undefined || !isRsyncFlags(flags))
        running?.fail(`its rsync asks for “${flags.slice(0, 100)}”`);
      else running?.begin(flags);
    },
    unable: (id, reason) => runningById.get(id)?.fail(reason),
    received: (id, bytes, last) => runningById.get(id)?.lane?.received(bytes, last) ?? true,
    credited: (id, upTo) => runningById.get(id)?.lane?.credited(upTo),
    get waiting() {
      return waiting;
    },
    get waitingBytes() {
      return waitingBytes;
    },
    close() {
      closed = true;
      queue.clear();
      for (const running of [...runningById.values()]) running.fail('the link is over');
    },
  };
}
