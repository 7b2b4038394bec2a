/**
 * Content of which we have something that is nearly the same: made in the stage from that and what differs. Where the
 * blocks at the same offsets tell, those that differ come as they are; else rsync finds what was moved within the file,
 * and goes on where an earlier run ended. What does not work this way comes by another.
 *
 * @module
 */
import { existsSync, mkdirSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import PQueue from 'p-queue';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { messageOf } from '../../platform/failure.ts';
import type { ContentHash } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { areBlocks, patchedSums, type Range, sumsBytes } from './block-sums.ts';
import {
  createDifferenceRuns,
  type DifferenceRuns,
  type DifferenceRunsOptions,
  type Ready,
  UnableError,
} from './difference-runs.ts';
import { LARGE_AT_ONCE, SMALL_AT_ONCE } from './difference-source.ts';
import { watchGrowth } from './growth.ts';
import { MAX_SUMS_BYTES, type PatchRun, receiveRanges } from './patch.ts';
import { type Line, rsyncPays } from './rsync-pays.ts';
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

export interface DifferenceQueue extends Pick<DifferenceRuns, 'started' | 'unable' | 'received' | 'credited'> {
  /** Calls back once, unless the queue is closed first. */
  want(file: NearContent, done: (made: Made) => void): void;
  readonly waiting: number;
  readonly waitingBytes: number;
  close(): void;
}

interface Asked {
  readonly id: number;
  readonly path: RelPath;
  readonly hash: ContentHash;
}

export interface DifferenceQueueOptions extends DifferenceRunsOptions {
  /** Where it is on both hosts. */
  readonly rsync: RsyncProgram | undefined;
  readonly askRsync: (item: Asked) => void;
  /** Undefined where the peer does not know about sums. */
  readonly askPatch: ((item: Asked & { readonly sums: Uint8Array }) => void) | undefined;
  readonly sums: Pick<SumBook, 'sumsOf' | 'note'>;
  /** So much of the file is in the stage, be it from here or from there; said now and then. */
  readonly onPart: (file: { readonly path: RelPath; readonly bytes: number; readonly bytesDone: number }) => void;
  /** That which the content would come by whole. */
  readonly line: () => Line;
  /** A part of it is here, come whole until it was cut. */
  readonly isHalfHere: (hash: ContentHash) => boolean;
  /** A path in the stage for content of that hash that comes in that way: alike each time. */
  readonly stageFor: (hash: ContentHash, way: Ready['kind']) => AbsPath;
  readonly createHasher: () => Hasher;
  /** Undefined if the file changed meanwhile, which nobody should do. */
  readonly hashOf: (file: AbsPath) => Promise<ContentHash | undefined>;
}

interface Way {
  readonly kind: Ready['kind'];
  readonly into: AbsPath;
  readonly go: () => Promise<AbsPath>;
}

/** What is made of a file up to this size is made in a moment. */
const SMALL_BYTES = 16 << 20;

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
  const small = new PQueue({ concurrency: SMALL_AT_ONCE });
  const large = new PQueue({ concurrency: LARGE_AT_ONCE });
  /** Never cleared: who waits for a place in the stage waits for the end of what is in it. */
  const rsyncRuns = new PQueue({ concurrency: LARGE_AT_ONCE });
  const runs = createDifferenceRuns(options);
  let nextId = 1;
  let waiting = 0;
  let waitingBytes = 0;
  let closed = false;

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
      await runs.both(
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
      await runs.both(
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
  const waysFor = (file: NearContent): Way[] => {
    const ways: Way[] = [];
    const add = (kind: Ready['kind'], make: (into: AbsPath) => Promise<AbsPath>): void => {
      const into = options.stageFor(file.hash, kind);
      const go = () => alone(into, () => (closed ? Promise.reject(new Error('the link is over')) : make(into)));
      ways.push({ kind, into, go: kind === 'rsync' ? () => rsyncRuns.add(go) : go });
    };
    const longest = sumsBytes(Math.max(file.sizeBytes, file.basis.sizeBytes));
    if (askPatch !== undefined && longest <= MAX_SUMS_BYTES) add('patch', (into) => byPatch(into, askPatch, file));
    if (rsync !== undefined) add('rsync', (into) => byRsync(into, rsync, file));
    return ways;
  };
  /** What was begun in one way goes on in it, whatever the line is by now. */
  const isWorthRsync = ({ hash, sizeBytes }: NearContent, into: AbsPath, share: number | undefined): boolean =>
    existsSync(into) || (!options.isHalfHere(hash) && rsyncPays(sizeBytes, share, options.line()));
  const make = async (file: NearContent): Promise<Made | undefined> => {
    const reasons: string[] = [];
    let share: number | undefined;
    for (const { kind, into, go } of waysFor(file)) {
      if (closed) return undefined;
      if (kind === 'rsync' && !isWorthRsync(file, into, share)) {
        reasons.push('by rsync it would take longer');
        continue;
      }
      try {
        return { kind: 'content', content: await go() };
      } catch (error) {
        reasons.push(messageOf(error));
        if (error instanceof UnableError) share = error.share;
      }
    }
    return { kind: 'unable', reason: reasons.join('; ') };
  };

  return {
    want(file, done) {
      waiting++;
      waitingBytes += file.sizeBytes;
      // The smaller first: nobody waits long for what takes a moment.
      const queue = file.sizeBytes > SMALL_BYTES ? large : small;
      void queue
        .add(() => make(file), { priority: -file.sizeBytes })
        .then((made) => {
          waiting--;
          waitingBytes -= file.sizeBytes;
          if (made !== undefined && !closed) done(made);
        });
    },
    started: runs.started,
    unable: runs.unable,
    received: runs.received,
    credited: runs.credited,
    get waiting() {
      return waiting;
    },
    get waitingBytes() {
      return waitingBytes;
    },
    close() {
      closed = true;
      small.clear();
      large.clear();
      runs.close();
    },
  };
}
