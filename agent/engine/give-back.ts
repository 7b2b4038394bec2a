/**
 * What came from a peer goes back to it when it opens the root anew, unless it is known to be on its disk: a crash may
 * have taken the record there, while the change had long been told. It knows its own again, whatever became of them.
 *
 * @module
 */
import type { EpochId } from '../core/version.ts';
import type { IndexStore } from '../index/index-store.ts';
import type { LocalChange } from '../transfer/push-lane.ts';

export interface GiveBack {
  /** The peer starts anew with the root: what it may have lost is recorded here once more, as ours to tell. */
  begin(epoch: EpochId): void;
  /** The peer has told of something. */
  received(): void;
  /** The peer's answer: all that it had told of when it was asked is on its disk. */
  committed(id: number): void;
  /** Resolves once all that goes back is recorded. */
  readonly done: Promise<void>;
  close(): void;
}

export interface GiveBackOptions {
  readonly index: Pick<IndexStore, 'seq' | 'since' | 'put' | 'safeUpTo' | 'setSafeUpTo'>;
  /** Asks the peer to say when all that it has told of is on its disk. */
  readonly ask: (id: number) => void;
  /** Recorded anew, to be sent without its content. */
  readonly onChange: (change: LocalChange) => void;
  readonly onFailure: (error: unknown) => void;
  readonly askAfterMs?: number;
}

/** What is not known to be safe by then is little, and asking is cheap. */
const ASK_AFTER_MS = 2000;
/** Looked at within one turn of the event loop. */
const SLICE = 500;

export function createGiveBack({
  index,
  ask,
  onChange,
  onFailure,
  askAfterMs = ASK_AFTER_MS,
}: GiveBackOptions): GiveBack {
  let from: EpochId | undefined;
  let asked: { readonly id: number; readonly epoch: EpochId; readonly upTo: number } | undefined;
  let lastId = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let giving = 0;
  let heard = false;
  let done: Promise<void> = Promise.resolve();

  const askSoon = (): void => {
    // What the peer lost it cannot put on its disk: that goes back first.
    if (closed || asked !== undefined || giving > 0) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      if (from === undefined || giving > 0) return;
      heard = false;
      asked = { id: ++lastId, epoch: from, upTo: index.seq };
      ask(asked.id);
    }, askAfterMs).unref();
  };
  const giveBack = async (epoch: EpochId, last: number): Promise<void> => {
    for (let at = index.safeUpTo(epoch); at < last && !closed; ) {
      const records = index.since(at, SLICE);
      for (const record of records) {
        if (record.from !== epoch || record.seq > last) continue;
        const recorded = index.put({ ...record, from: undefined });
        onChange({ record: recorded, movedFrom: undefined, lone: false, seenAt: performance.now(), contentSeq: 0 });
      }
      at = records.at(-1)?.seq ?? last;
      if (at < last) await new Promise((resolve) => setImmediate(resolve));
    }
    // There is nothing left up to here that came from there.
    if (!closed) index.setSafeUpTo(epoch, last);
  };

  return {
    begin(epoch) {
      from = epoch;
      const last = index.seq;
      giving++;
      done = done
        .then(() => giveBack(epoch, last))
        .catch(onFailure)
        .then(() => {
          giving--;
          if (heard) askSoon();
        });
    },
    received() {
      heard = true;
      askSoon();
    },
    committed(id) {
      if (asked?.id !== id) return;
      const { epoch, upTo } = asked;
      asked = undefined;
      index.setSafeUpTo(epoch, upTo);
      // What was applied since may have come from there as well.
      if (index.seq > upTo) askSoon();
    },
    get done() {
      return done;
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
