/**
 * Content of which we have something that is nearly the same: made in the stage from that and what differs. Where the
 * blocks at the same offsets tell, those that differ come as they are; else rsync finds what was moved within the file,
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
import { areBlocks, patchedSums, type Range, sumsBytes } from './block-sums.ts';
import { DIFFERENCE_CONCURRENCY } from './difference-source.ts';
import { watchGrowth } from './growth.ts';
import { joinLane, type Lane, type LaneRun } from './lane.ts';
import { MAX_SUMS_BYTES, type PatchRun, receiveRanges } from './patch.ts';
import { isRsyncFlags, type RsyncProgram } from './rsync-program.ts';
import type { Hasher, SumBook } from './sum-book.ts';

/** A file of the same name with nearly the same content. */
export interface Basis {
  readonly file: AbsPath;
  /** Undefined where it is not known for sure. */
  readonly hash: ContentHash | undefined;
  readonly sizeBytes: number;
}

export interface NearContent {
  readonly path: RelPath;
  readonly hash: ContentHash;
  readonly sizeBytes: number;
  readonly basis: Basis;
}

export type Made =
  /** Verified; a file in the stage. */
  { readonly kind: 'content'; readonly content: AbsPath } | { readonly kind: 'unable'; readonly reason: string };

/** The peer's end is ready: its rsync, with the flags that ours needs, or the blocks that differ. */
export type Ready =
  | { readonly kind: 'rsync'; readonly flags: string }
  | { readonly kind: 'patch'; readonly ranges: readonly Range[] };

export interface DifferenceQueue {
  /** Calls back once, unless the queue is closed first. */
  want(file: NearContent, done: (made: Made) => void): void;
  started(id: number, ready: Ready): void;
  unable(id: number, reason: string): void;
  /** From the peer's end of the lane. @returns false where it breaks the rules */
  received(id: number, bytes: Uint8Array, last: boolean): boolean;
  credited(id: number, upTo: number): void;
  readonly waiting: number;
  readonly waitingBytes: number;
  close(): void;
}

interface Asked {
  readonly id: number;
  readonly path: RelPath;
  readonly hash: ContentHash;
}

export interface DifferenceQueueOptions {
  /** Where it is on both hosts. */
  readonly rsync: RsyncProgram | undefined;
  readonly askRsync: (item: Asked) => void;
  /** Undefined where the peer does not know about sums. */
  readonly askPatch: ((item: Asked & { readonly sums: Uint8Array }) => void) | undefined;
  readonly sums: Pick<SumBook, 'sumsOf' | 'note'>;
  /** So much of the file is in the stage, be it from here or from there; said now and then. */
  readonly onPart: (file: { readonly path: RelPath; readonly bytes: number; readonly bytesDone: number }) => void;
  readonly cancel: (id: number) => void;
  readonly send: (id: number, bytes: Uint8Array, last: boolean) => void;
  readonly credit: (id: number, upTo: number) => void;
  readonly whenRoom: (callback: () => void) => void;
  /** A path in the stage for content of that hash that comes in that way: alike each time. */
  readonly stageFor: (hash: ContentHash, way: Ready['kind']) => AbsPath;
  readonly createHasher: () => Hasher;
  /** Undefined if the file changed meanwhile, which nobody should do. */
  readonly hashOf: (file: AbsPath) => Promise<ContentHash | undefined>;
}

interface Running {
  readonly begin: (ready: Ready) => void;
  readonly fail: (reason: string) => void;
  run: LaneRun | undefined;
  lane: Lane | undefined;
}

/** By its place in the stage, each file that is being made: also by a link that is over and has not come to its end yet. */
const making = new Map<AbsPath, Promise<unknown>>();

/** One after the other: two that make a file at one place would take what the other has half made for whole. */
async function alone<T>(into: AbsPath, make: () => Promise<T>): Promise<T> {
  const before = making.get(into) ?? Promise.resolve();
  const made = before.then(make);
  const over = made.catch(() => undefined);
  making.set(into, over);
  try {
    return await made;
  } finally {
    if (making.get(into) === over) making.delete(into);
  }
}

export function createDifferenceQueue(options: DifferenceQueueOptions): DifferenceQueue {
  const { rsync, askPatch } = options;
  const queue = new PQueue({ concurrency: DIFFERENCE_CONCURRENCY });
  const runningById = new Map<number, Running>();
  let nextId = 1;
  let waiting = 0;
  let waitingBytes = 0;
  let closed = false;

  /**
   * Asks, and resolves once both ends of the lane are through; rejects where one of them failed.
   *
   * @param start makes our end; undefined where what the peer said makes no sense
   */
  const runBoth = async (
    id: number,
    ask: (id: number) => void,
    start: (ready: Ready) => LaneRun | undefined,
  ): Promise<void> => {
    // Nobody would answer any more.
    if (closed) throw new Error('the link is over');
    try {
      await new Promise<void>((resolve, reject) => {
        const running: Running = {
          begin(ready) {
            const run = running.run === undefined ? start(ready) : undefined;
            if (run === undefined) return running.fail('the other agent’s answer makes no sense');
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
        ask(id);
      });
    } catch (error) {
      const run = runningById.get(id)?.run;
      if (!closed && run !== undefined) options.cancel(id);
      // What it made is taken away, or taken up by another: only once nothing writes to it any more.
      await run?.ended;
      throw error;
    } finally {
      runningById.delete(id);
    }
  };

  const byRsync = async (
    into: AbsPath,
    program: RsyncProgram,
    { path, hash, sizeBytes, basis }: NearContent,
  ): Promise<AbsPath> => {
    const id = nextId++;
    mkdirSync(into, { recursive: true, mode: 0o700 });
    const over = watchGrowth(into, (bytes) =>
      options.onPart({ path, bytes: sizeBytes, bytesDone: Math.min(bytes, sizeBytes) }),
    );
    try {
      await runBoth(
        id,
        () => options.askRsync({ id, path, hash }),
        (ready) =>
          ready.kind === 'rsync' && isRsyncFlags(ready.flags)
            ? program.receive({ flags: ready.flags, into, basis: dirname(basis.file) as AbsPath, sizeBytes })
            : undefined,
      );
    } finally {
      over();
    }
    const made = childPath(into, basename(basis.file));
    // It may have grown while it was read: what was announced is its beginning.
    if (statSync(made).size > sizeBytes) truncateSync(made, sizeBytes);
    const whole = verified(id, made, into, { wanted: hash, found: await options.hashOf(made) });
    rmSync(into, { recursive: true });
    return whole;
  };
  const byPatch = async (
    into: AbsPath,
    ask: (item: Asked & { readonly sums: Uint8Array }) => void,
    { path, hash, sizeBytes, basis }: NearContent,
  ): Promise<AbsPath> => {
    const sums = await options.sums.sumsOf(basis);
    if (sums === undefined) throw new Error('the file changed while it was read');
    const id = nextId++;
    rmSync(into, { force: true });
    let patched: readonly Range[] = [];
    let run: PatchRun | undefined;
    try {
      await runBoth(
        id,
        () => ask({ id, path, hash, sums }),
        (ready) => {
          if (ready.kind !== 'patch' || !areBlocks(ready.ranges, sizeBytes)) return undefined;
          patched = ready.ranges;
          run = receiveRanges({
            basis: basis.file,
            into,
            sizeBytes,
            ranges: patched,
            createHasher: options.createHasher,
            onPart: (bytesDone) => options.onPart({ path, bytes: sizeBytes, bytesDone }),
          });
          return run;
        },
      );
      const whole = verified(id, into, into, { wanted: hash, found: run?.hash() ?? (await options.hashOf(into)) });
      options.sums.note(hash, patchedSums(sums, patched, run?.sums() ?? new Uint8Array(), sizeBytes));
      return whole;
    } finally {
      rmSync(into, { force: true });
    }
  };
  /** Gives it a name of its own, as whoever is next may want the same content. */
  const verified = (
    id: number,
    made: AbsPath,
    into: AbsPath,
    hash: { readonly wanted: ContentHash; readonly found: ContentHash | undefined },
  ): AbsPath => {
    if (closed) throw new Error('the link is over');
    if (hash.found !== hash.wanted) {
      rmSync(into, { recursive: true });
      throw new Error('the file changed while it was read');
    }
    const whole = `${into}-${id}` as AbsPath;
    renameSync(made, whole);
    return whole;
  };

  /** In the order in which they are tried. */
  const waysFor = (file: NearContent): (() => Promise<AbsPath>)[] => {
    const ways: (() => Promise<AbsPath>)[] = [];
    const add = (way: Ready['kind'], make: (into: AbsPath) => Promise<AbsPath>): void => {
      const into = options.stageFor(file.hash, way);
      ways.push(() => alone(into, () => (closed ? Promise.reject(new Error('the link is over')) : make(into))));
    };
    const longest = sumsBytes(Math.max(file.sizeBytes, file.basis.sizeBytes));
    if (askPatch !== undefined && longest <= MAX_SUMS_BYTES) add('patch', (into) => byPatch(into, askPatch, file));
    if (rsync !== undefined) add('rsync', (into) => byRsync(into, rsync, file));
    return ways;
  };
  const make = async (file: NearContent): Promise<Made | undefined> => {
    const reasons: string[] = [];
    for (const way of waysFor(file)) {
      if (closed) return undefined;
      try {
        return { kind: 'content', content: await way() };
      } catch (error) {
        reasons.push(messageOf(error));
      }
    }
    return { kind: 'unable', reason: reasons.join('; ') };
  };

  return {
    want(file, done) {
      waiting++;
      waitingBytes += file.sizeBytes;
      // The smaller first: nobody waits long for what takes a moment.
      void queue
        .add(() => make(file), { priority: -file.sizeBytes })
        .then((made) => {
          waiting--;
          waitingBytes -= file.sizeBytes;
          if (made !== undefined && !closed) done(made);
        });
    },
    started: (id, ready) => runningById.get(id)?.begin(ready),
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
