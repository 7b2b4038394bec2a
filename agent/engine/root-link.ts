/**
 * One root over one link: how both sides begin, and who deals with which message.
 *
 * @module
 */

import { DsyncError } from '../../platform/failure.ts';
import type { EpochId } from '../core/version.ts';
import type { IndexStore } from '../index/index-store.ts';
import type { Channel } from '../link/channel.ts';
import type { Message, MessageOf } from '../link/messages.ts';
import { createLineWindow } from '../transfer/line-window.ts';
import type { Progress } from '../transfer/progress.ts';
import { createAnswering } from './answering.ts';
import { createGiveBack } from './give-back.ts';
import { createInbox, type Inbox, type InboxOptions } from './inbox.ts';
import { createLinkRequests, type LinkRequests } from './link-requests.ts';
import { createServing, type Serving, type ServingOptions } from './serving.ts';
import { createTelling, type Telling, type TellingOptions } from './telling.ts';

/** The far side as the supervisor knows it. */
export interface Peer {
  readonly hostId: string;
  /** Our name for that host. */
  readonly name: string;
  readonly channel: Channel;
  readonly rttMs: number;
  /** What both agents can do beyond the protocol. */
  readonly features: ReadonlySet<string>;
}

export type RootLinkState = 'opening' | 'open' | 'refused' | 'paused';

export interface RootLink
  extends Omit<LinkRequests, 'answered'>,
    Pick<Telling, 'changed' | 'pump' | 'toSend' | 'unsent' | 'lastAckAt' | 'ackedAtMs'> {
  readonly peer: Peer;
  readonly state: RootLinkState;
  readonly refusal: { readonly code: string; readonly message: string; readonly cure: string } | undefined;
  handle(message: Message): void;
  /** Works on what came in, until the time is up; true if more waits. */
  work(untilMs: number): boolean;
  /** Asks for everything once more, or once more for the root where it was refused. */
  reopen(): void;
  /** The same once the index does not know any more how far we have come: what is under way begins again as well. */
  askAnew(): void;
  /** Everything of ours is there, and everything asked for is here. */
  readonly quiet: boolean;
  readonly toReceive: number;
  readonly toReceiveBytes: number;
  /** How far each direction has come; both outlive the link. */
  readonly progress: LinkProgress;
  close(): void;
}

export interface LinkProgress {
  readonly sending: Progress;
  readonly receiving: Progress;
}

export interface RootLinkOptions
  extends Omit<
      InboxOptions,
      'host' | 'stageEnding' | 'send' | 'whenRoom' | 'receiving' | 'patches' | 'rttMs' | 'doneWith'
    >,
    Pick<ServingOptions, 'absPath' | 'toStat' | 'contentOf' | 'standing'>,
    Pick<TellingOptions, 'pushedContentOf' | 'onLatency'> {
  readonly peer: Peer;
  readonly name: string;
  /** Where the root shall lie there, if we ask for it. */
  readonly remotePath: string | undefined;
  readonly index: IndexStore;
  readonly paused: boolean;
  readonly progress: LinkProgress;
  /** Resolves when nothing local waits; what comes back then is what is wrong here, for people. */
  readonly quiesce: (signal: AbortSignal) => Promise<string | undefined>;
  /** There is work, or the state changed. */
  readonly wake: () => void;
  readonly signal: AbortSignal;
}

interface OpenOptions {
  readonly knows?: [EpochId, number][];
  readonly fresh: boolean;
}

/** This host has an rsync that sends differences. */
export const RSYNC_FEATURE = 'rsync';
/** This host tells what differs by the sums of blocks. */
export const PATCH_FEATURE = 'patch';
/** This host says, when asked, that what it told of is on its disk. */
export const COMMIT_FEATURE = 'commit';

/** What is pushed counts until it is applied and said to be. */
const APPLY_MS = 100;
/** A line takes twice what is applied, unless it is the line that is slow. */
const APPLY_SHARE = 2;

export function createRootLink(options: RootLinkOptions): RootLink {
  const { peer, rootId, index, wake, progress } = options;
  const { channel } = peer;
  const closing = new AbortController();
  const signal = AbortSignal.any([closing.signal, options.signal]);
  let state: RootLinkState = options.paused ? 'paused' : 'opening';
  let theirPause = false;
  let refusal: RootLink['refusal'];

  const rttMs = () => peer.rttMs;
  const pushed = createLineWindow({ rttMs, waitMs: APPLY_MS });
  const served = createLineWindow({ rttMs });
  const send = (message: Message, bulk = false) =>
    channel.send(message, {
      bulk,
      lineBytesPerSecond: Math.min(served.bytesPerSecond, pushed.bytesPerSecond * APPLY_SHARE),
    });
  const rsync = peer.features.has(RSYNC_FEATURE) ? options.rsync : undefined;
  const patches = peer.features.has(PATCH_FEATURE);
  const common = {
    ...options,
    host: peer.name,
    rsync,
    patches,
    send,
    rttMs,
    whenRoom: channel.whenRoom,
    doneWith: channel.doneWith,
  };
  const telling = createTelling({ ...common, progress: progress.sending, window: pushed });
  const newInbox = (): Inbox =>
    createInbox({ ...common, receiving: progress.receiving, stageEnding: peer.hostId.slice(0, 8) });
  const newServing = (): Serving =>
    createServing({ ...common, sending: telling.sending, window: served, find: index.get });

  const requests = createLinkRequests({ rootId, host: peer.name, send, signal });
  const onFailure = (error: unknown) => options.onFailure(`Could not answer ${peer.name}`, error);
  const giveBack = createGiveBack({
    index,
    ask: (id) => send({ type: 'commit', root: rootId, id }),
    onChange: (change) => {
      link.changed(change);
      wake();
    },
    onFailure,
  });
  const answering = createAnswering({
    ...common,
    async quiesce(until) {
      const reason = await options.quiesce(until);
      await giveBack.done;
      return reason;
    },
    ackedSeq: () => telling.ackedSeq,
    onFailure,
    signal,
  });
  let inbox = newInbox();
  let serving = newServing();
  /** One side starts anew: what was asked for and sent belongs to a life that is over. */
  const startAnew = (how: Pick<OpenOptions, 'fresh'>) => {
    inbox.close();
    serving.close();
    progress.receiving.restart(performance.now());
    inbox = newInbox();
    serving = newServing();
    open(how);
  };

  /** @param knows how far we have come; nothing asks for everything once more */
  function open({ knows = index.cursors(), fresh }: OpenOptions): void {
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
      empty: counts.files === 0,
    });
    telling.tellAgain();
    wake();
  }

  const admitted = (): boolean => {
    if (state !== 'refused') return false;
    state = 'opening';
    refusal = undefined;
    return true;
  };

  const opened = (message: MessageOf<'open'>) => {
    const isNew = admitted() || telling.hasBegun;
    if (message.fresh && isNew) startAnew({ fresh: false });
    const known = message.knows.find(([epoch]) => epoch === index.epoch)?.[1] ?? 0;
    if (known > index.seq) {
      // Our index is older than what the peer has seen of it: it came from a backup.
      index.renewEpoch();
      open({ fresh: false });
    }
    const after = known > index.seq ? 0 : known;
    inbox.begin(message.epoch, message.seq);
    telling.begin({ after, peerEpoch: message.epoch, toEmpty: message.empty });
    if (state === 'opening') state = 'open';
    if (message.fresh && peer.features.has(COMMIT_FEATURE)) giveBack.begin(message.epoch);
    wake();
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
          inbox.received(message);
          giveBack.received();
          return;
        case 'ack':
          telling.acked(message);
          answering.cameFurther();
          wake();
          return;
        case 'caught-up':
          inbox.caughtUp(message.seq);
          return;
        case 'want':
        case 'credit':
        case 'cancel':
        case 'patch-want':
        case 'rsync-want':
        case 'rsync-cancel':
          serving.handle(message);
          return;
        case 'content':
        case 'gone':
        case 'patch-ready':
        case 'rsync-ready':
        case 'rsync-unable':
          inbox.supplied(message);
          return;
        case 'rsync-data':
        case 'rsync-credit':
          if (message.asker) serving.handle(message);
          else inbox.supplied(message);
          return;
        case 'barrier':
        case 'digest':
        case 'commit':
          answering.handle(message);
          return;
        case 'committed':
          giveBack.committed(message.id);
          return;
        case 'barrier-passed':
        case 'digest-is':
          requests.answered(message);
          return;
        case 'hello':
        case 'ping':
        case 'pong':
        case 'bye':
          throw new DsyncError('PEER_INVALID', `The other agent sent “${message.type}” out of turn`);
      }
    },
    changed(change) {
      if (link.state === 'open') telling.changed(change);
    },
    pump(untilMs) {
      if (link.state !== 'open') return false;
      const more = telling.pump(untilMs);
      answering.cameFurther();
      return more;
    },
    work: (untilMs) => inbox.work(untilMs),
    reopen() {
      if (admitted()) startAnew({ fresh: true });
      else open({ knows: [], fresh: false });
    },
    askAnew() {
      startAnew({ fresh: true });
    },
    barrier: requests.barrier,
    digest: requests.digest,
    get quiet() {
      return link.state === 'open' && telling.isOver && inbox.quiet;
    },
    get toSend() {
      return telling.toSend;
    },
    get unsent() {
      return telling.unsent;
    },
    get toReceive() {
      return inbox.toReceive;
    },
    get toReceiveBytes() {
      return inbox.toReceiveBytes;
    },
    get lastAckAt() {
      return telling.lastAckAt;
    },
    get ackedAtMs() {
      return telling.ackedAtMs;
    },
    progress,
    close() {
      closing.abort();
      giveBack.close();
      inbox.close();
      serving.close();
      for (const each of [progress.sending, progress.receiving]) each.restart(performance.now());
      answering.cameFurther();
    },
  };
  if (state === 'paused') send({ type: 'pause', root: rootId, paused: true });
  else {
    send({ type: 'pause', root: rootId, paused: false });
    open({ fresh: true });
  }
  return link;
}
