/**
 * What this host asks of a peer about one root, and the answers.
 *
 * @module
 */
import { DsyncError } from '../../platform/failure.ts';
import type { Message, MessageOf } from '../link/messages.ts';
import type { Digest } from './digest.ts';

export interface LinkRequests {
  /** Resolves with what keeps the peer from being in sync with us, undefined if nothing does. */
  barrier(signal: AbortSignal): Promise<string | undefined>;
  digest(options: { readonly list: boolean }, signal: AbortSignal): Promise<Digest>;
  answered(message: MessageOf<'barrier-passed' | 'digest-is'>): void;
}

/** @param signal aborted when the link is over: what waits rejects with HOST_UNREACHABLE */
export function createLinkRequests({
  rootId,
  host,
  send,
  signal,
}: {
  readonly rootId: string;
  readonly host: string;
  readonly send: (message: Message) => void;
  readonly signal: AbortSignal;
}): LinkRequests {
  let lastId = 0;
  const barriers = new Map<number, (reason: string | undefined) => void>();
  const digests = new Map<number, { readonly list: [string, string][]; readonly done: (digest: Digest) => void }>();

  /** @param start sends it, and returns what makes it forgotten */
  const ask = <T>(start: (id: number, done: (answer: T) => void) => () => void, asker: AbortSignal): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const over = new AbortController();
      const forget = start(++lastId, (answer) => {
        over.abort();
        resolve(answer);
      });
      const fail = (reason: unknown): void => {
        over.abort();
        forget();
        reject(reason);
      };
      const broke = (): void => fail(new DsyncError('HOST_UNREACHABLE', `The link to ${host} broke`));
      if (signal.aborted) broke();
      else if (asker.aborted) fail(asker.reason);
      signal.addEventListener('abort', broke, { once: true, signal: over.signal });
      asker.addEventListener('abort', () => fail(asker.reason), { once: true, signal: over.signal });
    });

  return {
    barrier: (asker) =>
      ask<string | undefined>((id, done) => {
        barriers.set(id, done);
        send({ type: 'barrier', root: rootId, id });
        return () => barriers.delete(id);
      }, asker),
    digest: ({ list }, asker) =>
      ask<Digest>((id, done) => {
        digests.set(id, { list: [], done });
        send({ type: 'digest', root: rootId, id, list });
        return () => digests.delete(id);
      }, asker),
    answered(message) {
      if (message.type === 'barrier-passed') {
        barriers.get(message.id)?.(message.clean ? undefined : (message.reason ?? 'there is a problem there'));
        barriers.delete(message.id);
        return;
      }
      const asked = digests.get(message.id);
      asked?.list.push(...message.list);
      if (!message.last || asked === undefined) return;
      digests.delete(message.id);
      asked.done({ digest: message.digest, entries: message.entries, list: asked.list });
    },
  };
}
