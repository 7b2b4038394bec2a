/**
 * What comes in from one peer for one root: batches are taken over entry by entry, content is fetched where it did not
 * come along, and a batch is acknowledged once all of it is settled.
 *
 * @module
 */
import { DsyncError } from '../../platform/failure.ts';
import { createQueue } from '../../platform/queue.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { EpochId } from '../core/version.ts';
import type { IndexStore } from '../index/index-store.ts';
import type { BatchItem, MessageOf } from '../link/messages.ts';
import { hashBuffer } from '../scan/hash.ts';
import type { Attempt, Incoming, Receive } from './receive.ts';
import { goesAlong } from './receive-whole.ts';
import { announcedAmount } from './sending.ts';
import { createSupply, type SupplyMessage, type SupplyOptions } from './supply.ts';

export interface Inbox {
  /** Entries of this epoch come from here on; `seq` is the peer's last number. */
  begin(epoch: EpochId, seq: number): void;
  received(message: MessageOf<'batch'>): void;
  /** The peer has sent all there is up to this number. */
  caughtUp(seq: number): void;
  /** Of content that was asked for. */
  supplied(message: SupplyMessage): void;
  /** Works on what came in, until the time is up; true if more waits. */
  work(untilMs: number): boolean;
  /** All that the peer told of is here. */
  readonly quiet: boolean;
  readonly toReceive: number;
  readonly toReceiveBytes: number;
  close(): void;
}

export interface InboxOptions extends SupplyOptions {
  readonly index: Pick<IndexStore, 'cursors' | 'setCursor'>;
  readonly receive: Receive;
  readonly wake: () => void;
  /** What came with that batch is not used any more. */
  readonly doneWith: (batch: MessageOf<'batch'>) => void;
  readonly onFailure: (text: string, error: unknown) => void;
  /** An entry could not be taken over; it is asked for again later. */
  readonly onUnstored: (path: RelPath, error: unknown) => void;
  /** Nothing more is wanted: what former tries left in the stage under this ending is of no use. */
  readonly dropPartials: (ending: string) => void;
}

interface Batch {
  readonly id: number;
  /** Until it is settled. */
  message: MessageOf<'batch'> | undefined;
  readonly to: number;
  remaining: number;
}

interface Arrived {
  readonly batch: Batch;
  readonly incoming: Incoming;
}

const LOOK_AGAIN_MS = 2;
/** Files that are put along with their folder: some milliseconds of work. */
const MOST_ALONG = 64;

export function createInbox(options: InboxOptions): Inbox {
  const { rootId, host, index, receive, send, wake, smallBytes, stageEnding, receiving } = options;
  let epoch: EpochId | undefined;
  let theirSeq = 0;
  let takenSeq = 0;
  const waiting = createQueue<Arrived>();
  let unsettled = 0;
  let closed = false;
  /** The stage may hold content that nobody waits for: from a former life at first. */
  let hasStaged = true;
  /** Batches in order that are not settled yet; the cursor goes up to the first of them. */
  const openBatches = new Map<number | string, { readonly to: number; remaining: number }>();
  /** Folders deleted there that hold something here, which may be on its way out as well: they come last. */
  let lastOnes: Arrived[] = [];
  const supply = createSupply(options);

  const settled = (arrived: Arrived): void => {
    const { batch, incoming } = arrived;
    const { movedFrom } = incoming;
    receiving.partOver(incoming.entry.path);
    if (movedFrom !== undefined) {
      // Whether it could be moved or not: the old path is gone.
      put({ batch, incoming: { ...incoming, entry: movedFrom, content: undefined, movedFrom: undefined } });
      return;
    }
    // What overtakes comes once more in order, and counts then.
    if (batch.to > 0) receiving.done(announcedAmount([incoming]), performance.now());
    unsettled--;
    batch.remaining--;
    if (batch.remaining === 0) finishBatch(batch);
    takeLastOnes();
  };
  const finishBatch = (batch: Batch): void => {
    send({ type: 'ack', root: rootId, id: batch.id });
    if (batch.message !== undefined) options.doneWith(batch.message);
    batch.message = undefined;
    advance();
    wake();
  };
  /** What is taken over for good: everything up to the first batch that is not settled. */
  const advance = (): void => {
    for (const [id, { to, remaining }] of openBatches) {
      if (remaining > 0) break;
      openBatches.delete(id);
      takenSeq = Math.max(takenSeq, to);
    }
    if (epoch !== undefined) index.setCursor(epoch, takenSeq);
    if (unsettled > 0 || supply.waiting > 0 || !hasStaged) return;
    hasStaged = false;
    options.dropPartials(stageEnding);
  };
  const takeLastOnes = (): void => {
    if (lastOnes.length === 0 || unsettled > lastOnes.length) return;
    // The deepest first. What lives below them by then stays, and they with it.
    lastOnes.sort((a, b) => b.incoming.entry.path.length - a.incoming.entry.path.length);
    for (const { batch, incoming } of lastOnes) waiting.push({ batch, incoming: { ...incoming, last: true } });
    lastOnes = [];
    wake();
  };
  const put = (arrived: Arrived): void => {
    const attempt = attemptAt(arrived);
    switch (attempt?.kind) {
      case 'settled':
      case 'problem':
      case undefined:
        settled(arrived);
        return;
      case 'last':
        lastOnes.push(arrived);
        takeLastOnes();
        return;
      case 'wait':
        attempt.until.then(
          () => setTimeout(() => retry(arrived), LOOK_AGAIN_MS),
          (error: unknown) => {
            if (closed) return;
            failed(arrived, error);
            settled(arrived);
          },
        );
        return;
      case 'want':
        want(arrived);
    }
  };
  /** The files that came right behind their folder, as many as are put in a moment. */
  const takeAlong = ({ batch, incoming: { entry } }: Arrived): Arrived[] => {
    const along: Arrived[] = [];
    while (along.length < MOST_ALONG) {
      const next = waiting.peek();
      if (next === undefined || next.batch !== batch || !goesAlong(next.incoming, entry.path)) break;
      waiting.take();
      along.push(next);
    }
    return along;
  };
  const isPutWhole = (folder: Arrived, along: readonly Arrived[]): boolean => {
    try {
      if (
        !receive.whole(
          folder.incoming,
          along.map(({ incoming }) => incoming),
        )
      )
        return false;
    } catch (error) {
      options.onFailure(`Could not put “${folder.incoming.entry.path}” as a whole`, error);
      return false;
    }
    settled(folder);
    along.forEach(settled);
    return true;
  };
  const attemptAt = (arrived: Arrived): Attempt | undefined => {
    try {
      return receive.one(arrived.incoming);
    } catch (error) {
      failed(arrived, error);
      return undefined;
    }
  };
  const failed = ({ incoming: { entry } }: Arrived, error: unknown): void => {
    options.onFailure(`Could not take over “${entry.path}”`, error);
    options.onUnstored(entry.path, error);
  };
  const retry = (arrived: Arrived): void => {
    if (closed) return;
    waiting.push(arrived);
    wake();
  };
  const want = (arrived: Arrived): void => {
    const { entry } = arrived.incoming;
    if (entry.sizeBytes > smallBytes) hasStaged = true;
    supply.want(entry, (fetched) => {
      if (closed) return;
      switch (fetched.kind) {
        case 'content':
          retry({ ...arrived, incoming: { ...arrived.incoming, content: fetched.content } });
          return;
        case 'gone':
          settled(arrived);
          return;
        case 'failed':
          failed(arrived, fetched.error);
          settled(arrived);
      }
    });
  };

  return {
    begin(from, seq) {
      epoch = from;
      theirSeq = seq;
      takenSeq = index.cursors().find(([known]) => known === from)?.[1] ?? 0;
    },
    received(message) {
      // Sent before the far side heard that we start anew: it comes once more.
      if (epoch === undefined) return;
      const batch: Batch = { id: message.id, message, to: message.to, remaining: message.items.length };
      if (message.to > 0) {
        openBatches.set(message.id, batch);
        theirSeq = Math.max(theirSeq, message.to);
        receiving.announced(announcedAmount(message.items), performance.now());
        receiving.ahead(message.left ?? { files: theirSeq - message.to, bytes: 0 }, performance.now());
      }
      unsettled += message.items.length;
      if (message.items.length === 0) finishBatch(batch);
      for (const item of message.items) {
        checkContent(item);
        const { entry, content, movedFrom } = item;
        const arrived = { batch, incoming: { entry, content, movedFrom, from: epoch, host, last: false } };
        if (message.bulk) waiting.push(arrived);
        else put(arrived);
      }
      wake();
    },
    caughtUp(seq) {
      theirSeq = Math.max(theirSeq, seq);
      receiving.ahead({ files: 0, bytes: 0 }, performance.now());
      // What lies between the batches was none of ours: a batch of nothing, in its turn.
      openBatches.set(`caught-up-${seq}`, { to: seq, remaining: 0 });
      advance();
      wake();
    },
    supplied(message) {
      supply.handle(message);
      wake();
    },
    work(untilMs) {
      while (!waiting.isEmpty) {
        if (performance.now() >= untilMs) return true;
        const arrived = waiting.take();
        if (arrived === undefined) break;
        const along = arrived.incoming.entry.kind === 'folder' ? takeAlong(arrived) : [];
        if (along.length > 0 && isPutWhole(arrived, along)) continue;
        put(arrived);
        along.forEach(put);
      }
      return false;
    },
    get quiet() {
      return unsettled === 0 && takenSeq >= theirSeq;
    },
    get toReceive() {
      return Math.max(unsettled, theirSeq - takenSeq);
    },
    get toReceiveBytes() {
      return supply.waitingBytes;
    },
    close() {
      closed = true;
      supply.close();
      waiting.clear();
      lastOnes = [];
    },
  };
}

/** What goes along unasked is checked like anything else that comes from outside. */
function checkContent({ entry, content, movedFrom }: BatchItem): void {
  if (movedFrom !== undefined && movedFrom.kind !== 'tombstone')
    throw new DsyncError('PEER_INVALID', `The other agent says that “${entry.path}” was moved, but not away`);
  if (content === undefined) return;
  if (entry.kind !== 'file' || content.length !== entry.sizeBytes || hashBuffer(content) !== entry.hash) {
    throw new DsyncError(
      'PEER_INVALID',
      `The other agent sent content for “${entry.path}” that does not have the hash it announced`,
    );
  }
}
