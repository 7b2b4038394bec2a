/**
 * The work on one root, driven in slices: each kind of it for a moment, so that the event loop is never blocked for long
 * and a lone save never waits behind a flood.
 *
 * @module
 */
import type { AbsPath } from '../../platform/abs-path.ts';
import { messageOf } from '../../platform/failure.ts';
import type { Apply } from '../apply/apply.ts';
import type { Debounce } from '../core/debounce.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { IndexStore } from '../index/index-store.ts';
import type { Capture } from './capture.ts';
import type { Deletes } from './deletes.ts';
import { workDeletes, workEvents } from './due-work.ts';
import type { Ticker } from './ticker.ts';
import type { Walks } from './walks.ts';

export interface Slices {
  /** The next slice. @returns when there is more to do, by `performance.now()`; undefined: once somebody wakes it */
  next(): number | undefined;
  /** To be called by what works beside the slices: nothing that was seen on disk before counts any more. */
  enter(): void;
  readonly isIdle: boolean;
  /**
   * Resolves once nothing waits any more, or the root closes.
   *
   * @throws the signal's reason
   */
  untilIdle(signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface SlicesOptions {
  readonly root: AbsPath;
  readonly rootId: string;
  readonly index: IndexStore;
  readonly apply: Pick<Apply, 'beginSlice'>;
  readonly capture: Capture;
  readonly debounce: Debounce;
  readonly deletes: Deletes;
  readonly walks: Walks;
  readonly wake: Ticker['wake'];
  /** The links' share of a slice; true if more waits there. */
  readonly workLinks: (untilMs: number) => boolean;
  /** Sends what may be sent; true if more could be. */
  readonly pumpLinks: (untilMs: number) => boolean;
  readonly onFolderGone: (path: RelPath) => void;
  readonly onHalt: (reason: 'missing' | 'other' | 'root-missing') => void;
  /** Nothing waits at the end of a slice. */
  readonly onIdle: () => void;
  /** Something about the state may be different. */
  readonly onState: () => void;
  readonly onFailure: (text: string, error: unknown) => void;
}

const SLICE_MS = 8;
const MIN_SHARE_MS = 2;
/** A walk that rests looks again after that, or when something else wakes it. */
const REST_MS = 5;

export function createSlices(options: SlicesOptions): Slices {
  const { apply, capture, debounce, deletes, walks, wake } = options;
  let inSlice = false;
  let closed = false;
  let idleWaiters: (() => void)[] = [];

  const isIdle = () =>
    debounce.size === 0 && deletes.waiting === 0 && walks.isEmpty && capture.hashing === 0 && !walks.isScanning;
  /** Each looks for itself whether it is idle, or why it was told. */
  const tellIdleWaiters = () => {
    const waiters = idleWaiters;
    idleWaiters = [];
    for (const waiter of waiters) waiter();
  };
  const begin = () => {
    apply.beginSlice();
    capture.beginSlice();
  };

  const next = (): number | undefined => {
    begin();
    inSlice = true;
    const start = performance.now();
    const share = () => Math.max(start + SLICE_MS, performance.now() + MIN_SHARE_MS);
    let linksWait = false;
    let rests = false;
    try {
      workEvents(start + SLICE_MS, options);
      const halt = workDeletes({ ...options, quiet: walks.isEmpty });
      if (halt !== undefined) {
        options.onHalt(halt);
        return undefined;
      }
      linksWait = options.workLinks(share());
      rests = walks.rests();
      if (!rests) walks.work(share());
      linksWait = options.pumpLinks(performance.now() + SLICE_MS) || linksWait;
    } catch (error) {
      options.onFailure(`Work on the root failed: ${messageOf(error)}`, error);
    } finally {
      inSlice = false;
    }
    if (isIdle()) {
      options.onIdle();
      tellIdleWaiters();
    }
    options.onState();
    if (linksWait || (!walks.isEmpty && !rests)) return start;
    const never = Number.POSITIVE_INFINITY;
    const at = Math.min(rests ? start + REST_MS : never, debounce.nextAt() ?? never, deletes.nextAt() ?? never);
    return at < never ? at : undefined;
  };

  return {
    next,
    enter() {
      if (!inSlice) begin();
    },
    get isIdle() {
      return isIdle();
    },
    async untilIdle(signal) {
      const over = new AbortController();
      signal.addEventListener('abort', tellIdleWaiters, { signal: over.signal });
      try {
        while (!isIdle() && !closed) {
          signal.throwIfAborted();
          await new Promise<void>((resolve) => {
            idleWaiters.push(resolve);
            wake();
          });
        }
      } finally {
        over.abort();
      }
    },
    close() {
      closed = true;
      tellIdleWaiters();
    },
  };
}
