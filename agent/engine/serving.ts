/**
 * What a peer asks of this host's content, answered: in parts, or as differences from what it has.
 *
 * @module
 */
import type { AbsPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import type { Recorded } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { Message, MessageOf } from '../link/messages.ts';
import { type ContentServerOptions, createContentServer } from '../transfer/content-server.ts';
import { createDifferenceSource } from '../transfer/difference-source.ts';
import type { RsyncProgram } from '../transfer/rsync-program.ts';
import type { SumBook } from '../transfer/sum-book.ts';
import type { Sending } from './sending.ts';

export interface Serving {
  /** @throws {DsyncError} PEER_INVALID it sent more than there was room for */
  handle(message: ServingMessage): void;
  close(): void;
}

/** What the host that lacks the content sends. */
export type ServingMessage = MessageOf<
  'want' | 'credit' | 'cancel' | 'patch-want' | 'rsync-want' | 'rsync-cancel' | 'rsync-data' | 'rsync-credit'
>;

export interface ServingOptions
  extends Pick<
    ContentServerOptions,
    'find' | 'absPath' | 'toStat' | 'contentOf' | 'smallBytes' | 'whenRoom' | 'window'
  > {
  readonly rootId: string;
  /** Our name for the peer. */
  readonly host: string;
  readonly rsync: RsyncProgram | undefined;
  readonly sums: Pick<SumBook, 'sumsOf'>;
  readonly sending: Pick<Sending, 'wanted' | 'parts' | 'gone' | 'differences'>;
  /** The file as it was recorded, or that and more behind it; by way of real folders alone. */
  readonly standing: (record: Recorded) => AbsPath | undefined;
  readonly send: (message: Message, bulk?: boolean) => void;
  readonly onFailure: (text: string, error: unknown) => void;
}

export function createServing(options: ServingOptions): Serving {
  const { rootId, host, send, sending } = options;
  const pathById = new Map<number, RelPath>();
  const server = createContentServer({
    ...options,
    send(parts) {
      send({ type: 'content', root: rootId, parts }, true);
      sending.parts(parts);
    },
    gone(id) {
      send({ type: 'gone', root: rootId, id });
      sending.gone(id);
    },
    onFailure: (path: RelPath, error) => options.onFailure(`Could not read “${path}” for ${host}`, error),
  });
  const source = createDifferenceSource({
    rsync: options.rsync,
    find({ path, hash }) {
      const record = options.find(path);
      if (record?.kind !== 'file' || record.hash !== hash) return undefined;
      const file = options.standing(record);
      return file && { file, hash: record.hash, sizeBytes: record.sizeBytes };
    },
    sumsOf: options.sums.sumsOf,
    rsyncStarted: (id, flags) => send({ type: 'rsync-ready', root: rootId, id, flags }),
    patchStarted: (id, ranges) => send({ type: 'patch-ready', root: rootId, id, ranges: [...ranges] }),
    unable(id, reason, share) {
      const known = share !== undefined && { share };
      send({ type: 'rsync-unable', root: rootId, id, reason: reason.slice(0, 1000), ...known });
      pathById.delete(id);
    },
    send(id, bytes, last) {
      send({ type: 'rsync-data', root: rootId, id, asker: false, bytes, last }, true);
      sending.differences(pathById.get(id), { sizeBytes: bytes.length, last });
      if (last) pathById.delete(id);
    },
    credit: (id, upTo) => send({ type: 'rsync-credit', root: rootId, id, asker: false, upTo }),
    whenRoom: options.whenRoom,
  });

  return {
    handle(message) {
      switch (message.type) {
        case 'want':
          sending.wanted(message.items);
          server.wanted(message.items);
          return;
        case 'credit':
          server.credit(message.id, message.upTo);
          return;
        case 'cancel':
          server.cancel(message.id);
          sending.gone(message.id);
          return;
        case 'patch-want':
        case 'rsync-want':
          pathById.set(message.id, message.path);
          source.wanted({ ...message, sums: message.type === 'patch-want' ? message.sums : undefined });
          return;
        case 'rsync-cancel':
          source.cancel(message.id);
          pathById.delete(message.id);
          return;
        case 'rsync-data':
          if (!source.received(message.id, message.bytes, message.last))
            throw new DsyncError('PEER_INVALID', 'The other agent sent more than there was room for');
          return;
        case 'rsync-credit':
          source.credited(message.id, message.upTo);
      }
    },
    close() {
      server.close();
      source.close();
    },
  };
}
