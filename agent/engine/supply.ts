/**
 * How content that is lacking gets here, the cheapest way first: from a file of this host that has it, by differences from
 * one that nearly has it, whole from the peer.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import type { AbsPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import type { Entry } from '../core/entry.ts';
import type { Message, MessageOf } from '../link/messages.ts';
import { createHasher } from '../scan/hash.ts';
import { hashFile } from '../scan/read-stable.ts';
import { createDifferenceQueue } from '../transfer/difference-queue.ts';
import { createFetcher, type Fetched } from '../transfer/fetcher.ts';
import { createLineWindow } from '../transfer/line-window.ts';
import type { InFlight, Progress } from '../transfer/progress.ts';
import type { RsyncProgram } from '../transfer/rsync-program.ts';
import type { SumBook } from '../transfer/sum-book.ts';
import type { LocalContent } from './local-content.ts';

export interface Supply {
  /** Calls back once, unless the supply is closed first. */
  want(entry: Entry, done: (fetched: Fetched) => void): void;
  /** @throws {DsyncError} PEER_INVALID nobody asked for that */
  handle(message: SupplyMessage): void;
  readonly waiting: number;
  readonly waitingBytes: number;
  close(): void;
}

/** What the host that has the content sends. */
export type SupplyMessage = MessageOf<
  'content' | 'gone' | 'patch-ready' | 'rsync-ready' | 'rsync-unable' | 'rsync-data' | 'rsync-credit'
>;

export interface SupplyOptions {
  readonly rootId: string;
  /** Our name for the peer. */
  readonly host: string;
  /** Of names in the stage: one writer each, as two peers may send the same content. */
  readonly stageEnding: string;
  readonly smallBytes: number;
  readonly receiving: Progress;
  readonly stageFor: (hash: string) => AbsPath;
  readonly local: Pick<LocalContent, 'find' | 'near'>;
  /** Where rsync is on both hosts. */
  readonly rsync: RsyncProgram | undefined;
  /** Both agents know about sums of blocks. */
  readonly patches: boolean;
  readonly sums: Pick<SumBook, 'sumsOf' | 'note'>;
  readonly send: (message: Message, bulk?: boolean) => void;
  /** Of the link, as of now; 0 while it is not known. */
  readonly rttMs: () => number;
  /** Calls back when the link can take more. */
  readonly whenRoom: (callback: () => void) => void;
  readonly onDebug: (text: string) => void;
}

/** Of all supplies: what a link that is over still copies has names of its own. */
let copies = 0;

export function createSupply(options: SupplyOptions): Supply {
  const { rootId, smallBytes, stageEnding, send, onDebug } = options;
  const stageFor = (hash: string): AbsPath => options.stageFor(`${hash}-${stageEnding}`);
  let copying = 0;
  let copyingBytes = 0;
  let closed = false;

  const onPart = (file: InFlight): void => options.receiving.part(file, performance.now());
  const window = createLineWindow({ rttMs: options.rttMs });
  const fetcher = createFetcher({
    ask: (items) => send({ type: 'want', root: rootId, items }),
    credit: (id, upTo) => send({ type: 'credit', root: rootId, id, upTo }),
    stageFor,
    createHasher,
    onPart,
    smallBytes,
    window,
  });
  const queue = createDifferenceQueue({
    rsync: options.rsync,
    askRsync: (item) => send({ type: 'rsync-want', root: rootId, ...item }),
    askPatch: options.patches ? (item) => send({ type: 'patch-want', root: rootId, ...item }) : undefined,
    sums: options.sums,
    onPart,
    cancel: (id) => send({ type: 'rsync-cancel', root: rootId, id }),
    send: (id, bytes, last) => send({ type: 'rsync-data', root: rootId, id, asker: true, bytes, last }, true),
    credit: (id, upTo) => send({ type: 'rsync-credit', root: rootId, id, asker: true, upTo }),
    whenRoom: options.whenRoom,
    stageFor: (hash, way) => stageFor(`${hash}-${way}`),
    createHasher,
    isHalfHere: (hash) => existsSync(stageFor(hash)),
    line: () => ({ bytesPerSecond: window.bytesPerSecond, rttMs: options.rttMs() }),
    hashOf: async (file) => {
      const hashed = await hashFile(file);
      return hashed.kind === 'hashed' ? hashed.hash : undefined;
    },
  });

  const fetch = (entry: Entry, done: (fetched: Fetched) => void): void => {
    const basis = entry.sizeBytes > smallBytes ? options.local.near(entry.path) : undefined;
    if (basis === undefined) {
      if (entry.sizeBytes > smallBytes) onDebug(`“${entry.path}” comes whole: nothing here is like it`);
      fetcher.want(entry, done);
      return;
    }
    onDebug(`“${entry.path}” comes by its differences from what it was`);
    const { path, hash, sizeBytes } = entry;
    queue.want({ path, hash, sizeBytes, basis }, (made) => {
      if (made.kind === 'content') return done(made);
      onDebug(`“${path}” comes whole, as it could not by differences: ${made.reason}`);
      options.receiving.partOver(path);
      fetcher.want(entry, done);
    });
  };
  const checked = (kept: boolean | undefined): void => {
    if (kept === false) throw new DsyncError('PEER_INVALID', 'The other agent sent more than there was room for');
  };

  return {
    want(entry, done) {
      const found = options.local.find(entry, () => stageFor(`${entry.hash}-copy-${copies++}`));
      if (found === undefined) return fetch(entry, done);
      if (found instanceof Uint8Array) return done({ kind: 'content', content: found });
      copying++;
      copyingBytes += entry.sizeBytes;
      void found.then((copy) => {
        copying--;
        copyingBytes -= entry.sizeBytes;
        if (closed) return;
        if (copy === undefined) fetch(entry, done);
        else {
          onDebug(`“${entry.path}” is a copy of what was here`);
          done({ kind: 'content', content: copy });
        }
      });
    },
    handle(message) {
      switch (message.type) {
        case 'content':
          for (const part of message.parts) fetcher.received(part);
          return;
        case 'gone':
          fetcher.gone(message.id);
          return;
        case 'rsync-ready':
          queue.started(message.id, { kind: 'rsync', flags: message.flags });
          return;
        case 'patch-ready':
          queue.started(message.id, { kind: 'patch', ranges: message.ranges });
          return;
        case 'rsync-unable':
          queue.unable(message.id, message.reason, message.share);
          return;
        case 'rsync-data':
          checked(queue.received(message.id, message.bytes, message.last));
          return;
        case 'rsync-credit':
          queue.credited(message.id, message.upTo);
      }
    },
    get waiting() {
      return fetcher.waiting + copying + queue.waiting;
    },
    get waitingBytes() {
      return fetcher.waitingBytes + copyingBytes + queue.waitingBytes;
    },
    close() {
      closed = true;
      fetcher.close();
      queue.close();
    },
  };
}
