/**
 * One root over one link: what goes out, what comes in, and how far each side has come.
 *
 * @module
 */

import type { AbsPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import type { Recorded } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { EpochId } from '../core/version.ts';
import type { IndexStore } from '../index/index-store.ts';
import type { Channel } from '../link/channel.ts';
import type { BatchItem, Message, MessageOf } from '../link/messages.ts';
import { createHasher, hashBuffer } from '../scan/hash.ts';
import { type ContentServer, createContentServer } from '../transfer/content-server.ts';
import { createFetcher, type Fetcher } from '../transfer/fetcher.ts';
import { createPushLane, type LocalChange, type PushLane } from '../transfer/push-lane.ts';
import { type Digest, digestOf, listOf } from './digest.ts';
import type { Attempt, Incoming } from './receive.ts';

/** The far side as the supervisor knows it. */
export interface Peer {
  readonly hostId: string;
  /** Our name for that host. */
  readonly name: string;
  readonly channel: Channel;
  readonly rttMs: number;
}

export type RootLinkState = 'opening' | 'open' | 'refused' | 'paused';

export interface RootLink {
  readonly peer: Peer;
  readonly state: RootLinkState;
  readonly refusal: { readonly code: string; readonly message: string; readonly cure: string } | undefined;
  handle(message: Message): void;
  changed(change: LocalChange): void;
  /** Sends what may be sent. */
  pump(): void;
  /** Works on what came in, until the time is up; true if more waits. */
  work(untilMs: number): boolean;
  /** Asks for everything once more. */
  reopen(): void;
  /** Resolves with what keeps the peer from being in sync with us, undefined if nothing does. */
  barrier(signal: AbortSignal): Promise<string | undefined>;
  digest(options: { readonly list: boolean }, signal: AbortSignal): Promise<Digest>;
  /** Everything of ours is there, and everything asked for is here. */
  readonly quiet: boolean;
  readonly toSend: number;
  readonly toReceive: number;
  readonly toReceiveBytes: number;
  readonly lastAckAt: number | undefined;
  close(): void;
}

export interface RootLinkOptions {
  readonly peer: Peer;
  readonly rootId: string;
  readonly name: string;
  /** Where the root shall lie there, if we ask for it. */
  readonly remotePath: string | undefined;
  readonly index: IndexStore;
  readonly paused: boolean;
  readonly smallBytes: number;
  readonly absPath: (path: RelPath) => AbsPath;
  readonly toStat: (fd: number) => NonNullable<Recorded['stat']>;
  readonly stageFor: (hash: string) => AbsPath;
  readonly contentOf: (record: Recorded) => Uint8Array | undefined;
  /** The same for what goes along unasked. */
  readonly pushedContentOf: (record: Recorded) => Uint8Array | undefined;
  readonly receive: (incoming: Incoming) => Attempt;
  /** Resolves when nothing local waits; what comes back then is what is wrong here, for people. */
  readonly quiesce: (signal: AbortSignal) => Promise<string | undefined>;
  /** There is work, or the state changed. */
  readonly wake: () => void;
  readonly onLatency: (ms: number, change: { readonly items: number }) => void;
  readonly onFailure: (text: string, error: unknown) => void;
  /** Content could not be staged; it is asked for again later. */
  readonly onUnstored: (path: RelPath, error: unknown) => void;
  /** Nothing more is wanted: what former tries left in the stage under this ending is of no use. */
  readonly dropPartials: (ending: string) => void;
  readonly signal: AbortSignal;
}

interface OpenOptions {
  readonly knows?: [EpochId, number][];
  readonly fresh: boolean;
  readonly forgot?: boolean;
}

interface Arrived {
  readonly batch: { readonly id: number; readonly to: number; readonly generation: number; remaining: number };
  readonly incoming: Incoming;
}

const SMALL_LACK = 1000;

export function createRootLink(options: RootLinkOptions): RootLink {
  const { peer, rootId, index, receive, wake, smallBytes } = options;
  const { channel } = peer;
  const closing = new AbortController();
  const signal = AbortSignal.any([closing.signal, options.signal]);
  let state: RootLinkState = options.paused ? 'paused' : 'opening';
  let theirPause = false;
  let refusal: RootLink['refusal'];
  let peerEpoch: EpochId | undefined;
  let theirSeq = 0;
  let takenSeq = 0;
  let lane: PushLane | undefined;
  let lastAckAt: number | undefined;
  let requestId = 1;
  let batchId = 1;
  let inbox: Arrived[] = [];
  let inboxAt = 0;
  let unsettled = 0;
  let generation = 0;
  /** The stage may hold content that nobody waits for: from a former life at first. */
  let hasStaged = true;
  // One writer each: two peers may send the same content.
  const stageEnding = peer.hostId.slice(0, 8);
  /** Batches in order that are not settled yet; the cursor goes up to the first of them. */
  const openBatches = new Map<number | string, { readonly to: number; remaining: number }>();
  const passed = new Map<number, (reason: string | undefined) => void>();
  const digests = new Map<number, { list: [string, string][]; done: (digest: Digest) => void }>();

  const send = (message: Message, bulk = false) => channel.send(message, { bulk });
  const newFetcher = (): Fetcher =>
    createFetcher({
      ask: (items) => send({ type: 'want', root: rootId, items }),
      credit: (id, upTo) => send({ type: 'credit', root: rootId, id, upTo }),
      stageFor: (hash) => options.stageFor(`${hash}-${stageEnding}`),
      createHasher,
      smallBytes,
    });
  const newServer = (): ContentServer =>
    createContentServer({
      find: (path) => index.get(path),
      absPath: options.absPath,
      toStat: options.toStat,
      contentOf: options.contentOf,
      smallBytes,
      send: (parts) => send({ type: 'content', root: rootId, parts }, true),
      gone: (id) => send({ type: 'gone', root: rootId, id }),
      whenRoom: (callback) => channel.whenRoom(callback),
      onFailure: (path, error) => options.onFailure(`Could not read “${path}” for ${peer.name}`, error),
    });

  let fetcher = newFetcher();
  let server = newServer();
  /** The far side starts anew: what it asked for and what it sent belongs to a life that is over. */
  const startAnew = () => {
    generation++;
    fetcher.close();
    server.close();
    fetcher = newFetcher();
    server = newServer();
    inbox = [];
    inboxAt = 0;
    unsettled = 0;
    openBatches.clear();
    open({ fresh: false });
  };

  /** @param knows how far we have come; nothing asks for everything once more */
  function open({ knows = index.cursors(), fresh, forgot = false }: OpenOptions): void {
    if (state === 'paused' || state === 'refused') return;
    const { counts, epoch, seq } = index;
    send({
      type: 'open',
      root: rootId,
      name: options.name,
      ...(options.remotePath !== undefined && { path: options.remotePath }),
      epoch,
      seq,
      knows,
      fresh,
      forgot,
      empty: counts.files === 0,
    });
  }

  const opened = (message: MessageOf<'open'>) => {
    if (message.fresh && lane !== undefined) startAnew();
    const known = message.knows.find(([epoch]) => epoch === index.epoch)?.[1] ?? 0;
    if (known > index.seq) {
      // Our index is older than what the peer has seen of it: it came from a backup.
      index.renewEpoch();
      open({ fresh: false });
    }
    const after = known > index.seq ? 0 : known;
    peerEpoch = message.epoch;
    theirSeq = message.seq;
    takenSeq = index.cursors().find(([epoch]) => epoch === message.epoch)?.[1] ?? 0;
    const inlineUpTo = message.empty || index.seq - after <= SMALL_LACK ? Number.POSITIVE_INFINITY : -1;
    lane = createPushLane({
      index,
      after,
      peerEpoch: message.forgot ? undefined : message.epoch,
      inlineUpTo,
      contentOf: options.pushedContentOf,
      nextId: () => batchId++,
      send: ({ id, from, to, bulk, items }) =>
        send({ type: 'batch', root: rootId, id, from, to, bulk, items: items.map(toWireItem) }, bulk),
      caughtUp: (seq) => send({ type: 'caught-up', root: rootId, seq }, true),
    });
    if (state === 'opening') state = 'open';
    // The peer has seen entries of ours that a crash kept us from recording.
    if (message.fresh && known > index.lost.from && known <= index.lost.to)
      open({ knows: [], fresh: false, forgot: true });
    wake();
  };

  const settled = ({ batch, incoming }: Arrived) => {
    if (batch.generation !== generation) return;
    const { movedFrom } = incoming;
    if (movedFrom !== undefined) {
      // Whether it could be moved or not: the old path is gone.
      put({ batch, incoming: { ...incoming, entry: movedFrom, content: undefined, movedFrom: undefined } });
      return;
    }
    unsettled--;
    batch.remaining--;
    if (batch.remaining === 0) finishBatch(batch);
  };
  const finishBatch = (batch: Arrived['batch']) => {
    send({ type: 'ack', root: rootId, id: batch.id });
    advance();
    wake();
  };
  /** What is taken over for good: everything up to the first batch that is not settled. */
  const advance = () => {
    for (const [id, { to, remaining }] of openBatches) {
      if (remaining > 0) break;
      openBatches.delete(id);
      takenSeq = Math.max(takenSeq, to);
    }
    if (peerEpoch !== undefined) index.setCursor(peerEpoch, takenSeq);
    if (unsettled > 0 || fetcher.waiting > 0 || !hasStaged) return;
    hasStaged = false;
    options.dropPartials(stageEnding);
  };
  const put = (arrived: Arrived) => {
    const attempt = receive(arrived.incoming);
    switch (attempt.kind) {
      case 'settled':
      case 'problem':
        settled(arrived);
        return;
      case 'wait':
        attempt.until.then(
          () => {
            setTimeout(() => retry(arrived), 2);
          },
          (error: unknown) => options.onFailure(`Could not look at “${arrived.incoming.entry.path}”`, error),
        );
        return;
      case 'want':
        want(arrived);
    }
  };
  const retry = (arrived: Arrived) => {
    if (signal.aborted || arrived.batch.generation !== generation) return;
    inbox.push(arrived);
    wake();
  };
  const want = (arrived: Arrived) => {
    const { path, hash, sizeBytes } = arrived.incoming.entry;
    if (sizeBytes > smallBytes) hasStaged = true;
    fetcher.want({ path, hash, sizeBytes }, (fetched) => {
      switch (fetched.kind) {
        case 'content':
          retry({ ...arrived, incoming: { ...arrived.incoming, content: fetched.content } });
          return;
        case 'gone':
          settled(arrived);
          return;
        case 'failed':
          options.onFailure(`Could not store “${path}”`, fetched.error);
          options.onUnstored(path, fetched.error);
          settled(arrived);
      }
    });
  };
  const received = (message: MessageOf<'batch'>) => {
    const from = peerEpoch;
    // Sent before the far side heard that we start anew: it comes once more.
    if (from === undefined) return;
    const batch = { id: message.id, to: message.to, generation, remaining: message.items.length };
    if (message.to > 0) {
      openBatches.set(message.id, batch);
      theirSeq = Math.max(theirSeq, message.to);
    }
    unsettled += message.items.length;
    if (message.items.length === 0) finishBatch(batch);
    for (const item of message.items) {
      checkContent(item);
      const { entry, content, movedFrom } = item;
      const arrived: Arrived = { batch, incoming: { entry, content, movedFrom, from, host: peer.name } };
      if (message.bulk) inbox.push(arrived);
      else put(arrived);
    }
    wake();
  };

  const passBarrier = async (id: number) => {
    const reason = await options.quiesce(signal);
    const seq = index.seq;
    while (lane !== undefined && lane.ackedSeq < seq && !signal.aborted) await nextAck();
    if (!signal.aborted)
      send({
        type: 'barrier-passed',
        root: rootId,
        id,
        clean: reason === undefined,
        ...(reason !== undefined && { reason }),
      });
  };
  let ackWaiters: (() => void)[] = [];
  const nextAck = () => new Promise<void>((resolve) => ackWaiters.push(resolve));
  const wakeAckWaiters = () => {
    const waiters = ackWaiters;
    ackWaiters = [];
    for (const waiter of waiters) waiter();
  };
  const answerDigest = async ({ id, list }: MessageOf<'digest'>) => {
    await index.commit();
    const { digest, entries } = await digestOf(index, signal);
    if (list)
      for await (const part of listOf(index, signal))
        send({ type: 'digest-is', root: rootId, id, digest, entries, list: part, last: false }, true);
    send({ type: 'digest-is', root: rootId, id, digest, entries, list: [], last: true }, true);
  };
  const guard = (what: Promise<void>) => {
    what.catch((error: unknown) => {
      if (!signal.aborted) options.onFailure(`Could not answer ${peer.name}`, error);
    });
  };

  const link: RootLink = {
    peer,
    get state() {
      return theirPause && state === 'open' ? 'paused' : state;
    },
    get refusal() {
      return refusal;
    },
    handle(message) {
      switch (message.type) {
        case 'open':
          opened(message);
          return;
        case 'refuse':
          refusal = { code: message.code, message: message.message, cure: message.cure };
          state = 'refused';
          wake();
          return;
        case 'pause':
          theirPause = message.paused;
          wake();
          return;
        case 'batch':
          received(message);
          return;
        case 'ack': {
          const batch = lane?.acked(message.id);
          lastAckAt = Date.now();
          if (batch?.seenAt !== undefined)
            options.onLatency(Math.max(0, performance.now() - batch.seenAt - peer.rttMs / 2), batch);
          wakeAckWaiters();
          wake();
          return;
        }
        case 'caught-up':
          theirSeq = Math.max(theirSeq, message.seq);
          // What lies between the batches was none of ours: a batch of nothing, in its turn.
          openBatches.set(`caught-up-${message.seq}`, { to: message.seq, remaining: 0 });
          advance();
          wake();
          return;
        case 'want':
          server.wanted(message.items);
          return;
        case 'credit':
          server.credit(message.id, message.upTo);
          return;
        case 'cancel':
          server.cancel(message.id);
          return;
        case 'content':
          for (const part of message.parts) fetcher.received(part);
          wake();
          return;
        case 'gone':
          fetcher.gone(message.id);
          wake();
          return;
        case 'barrier':
          guard(passBarrier(message.id));
          return;
        case 'barrier-passed':
          passed.get(message.id)?.(message.clean ? undefined : (message.reason ?? 'there is a problem there'));
          passed.delete(message.id);
          return;
        case 'digest':
          guard(answerDigest(message));
          return;
        case 'digest-is': {
          const asked = digests.get(message.id);
          asked?.list.push(...message.list);
          if (!message.last || asked === undefined) return;
          digests.delete(message.id);
          asked.done({ digest: message.digest, entries: message.entries, list: asked.list });
          return;
        }
        case 'hello':
        case 'ping':
        case 'pong':
        case 'bye':
          throw new DsyncError('PEER_INVALID', `The other agent sent “${message.type}” out of turn`);
      }
    },
    changed(change) {
      if (link.state === 'open') lane?.changed(change);
    },
    pump() {
      if (link.state === 'open') lane?.pump();
    },
    work(untilMs) {
      while (inboxAt < inbox.length) {
        if (performance.now() >= untilMs) return true;
        const arrived = inbox[inboxAt++];
        if (arrived !== undefined) put(arrived);
      }
      inbox = [];
      inboxAt = 0;
      return false;
    },
    reopen() {
      open({ knows: [], fresh: false });
    },
    async barrier(barrierSignal) {
      const id = requestId++;
      const { promise, resolve, reject } = deferred<string | undefined>();
      const gone = () => reject(new DsyncError('HOST_UNREACHABLE', `The link to ${peer.name} broke`));
      signal.addEventListener('abort', gone, { once: true });
      const cancelled = () => reject(barrierSignal.reason);
      barrierSignal.addEventListener('abort', cancelled, { once: true });
      passed.set(id, resolve);
      send({ type: 'barrier', root: rootId, id });
      try {
        return await promise;
      } finally {
        passed.delete(id);
        signal.removeEventListener('abort', gone);
        barrierSignal.removeEventListener('abort', cancelled);
      }
    },
    async digest({ list }, digestSignal) {
      const id = requestId++;
      const { promise, resolve, reject } = deferred<Digest>();
      const gone = () => reject(new DsyncError('HOST_UNREACHABLE', `The link to ${peer.name} broke`));
      signal.addEventListener('abort', gone, { once: true });
      const cancelled = () => reject(digestSignal.reason);
      digestSignal.addEventListener('abort', cancelled, { once: true });
      digests.set(id, { list: [], done: resolve });
      send({ type: 'digest', root: rootId, id, list });
      try {
        return await promise;
      } finally {
        digests.delete(id);
        signal.removeEventListener('abort', gone);
        digestSignal.removeEventListener('abort', cancelled);
      }
    },
    get quiet() {
      return link.state === 'open' && lane?.idle === true && unsettled === 0 && takenSeq >= theirSeq;
    },
    get toSend() {
      return lane === undefined ? 0 : lane.unacked + Math.max(0, index.seq - lane.sentSeq);
    },
    get toReceive() {
      return Math.max(unsettled, theirSeq - takenSeq);
    },
    get toReceiveBytes() {
      return fetcher.waitingBytes;
    },
    get lastAckAt() {
      return lastAckAt;
    },
    close() {
      closing.abort();
      fetcher.close();
      server.close();
      inbox = [];
      inboxAt = 0;
      wakeAckWaiters();
    },
  };
  if (state === 'paused') send({ type: 'pause', root: rootId, paused: true });
  else {
    send({ type: 'pause', root: rootId, paused: false });
    open({ fresh: true });
  }
  return link;
}

function toWireItem({
  entry,
  content,
  movedFrom,
}: {
  entry: BatchItem['entry'];
  content: Uint8Array | undefined;
  movedFrom: BatchItem['entry'] | undefined;
}): BatchItem {
  return { entry, ...(content !== undefined && { content }), ...(movedFrom !== undefined && { movedFrom }) };
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

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (reason: unknown) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
