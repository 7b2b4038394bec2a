/**
 * What a peer asks of this host about one root, and our answers.
 *
 * @module
 */
import type { IndexStore } from '../index/index-store.ts';
import type { Message, MessageOf } from '../link/messages.ts';
import { digestOf, listOf } from './digest.ts';

export interface Answering {
  handle(message: MessageOf<'barrier' | 'digest' | 'commit'>): void;
  /** The peer may have taken over more: by an ack, or by numbers that are of no interest to it. */
  cameFurther(): void;
}

export interface AnsweringOptions {
  readonly rootId: string;
  readonly index: Pick<IndexStore, 'seq' | 'commit' | 'durable' | 'records'>;
  /** Up to which number of ours the peer has taken over everything; undefined where nothing is sent. */
  readonly ackedSeq: () => number | undefined;
  /** Resolves when nothing waits to be told; what comes back then is what is wrong here, for people. */
  readonly quiesce: (signal: AbortSignal) => Promise<string | undefined>;
  readonly send: (message: Message, bulk?: boolean) => void;
  readonly onFailure: (error: unknown) => void;
  /** Aborted when the link is over. */
  readonly signal: AbortSignal;
}

export function createAnswering(options: AnsweringOptions): Answering {
  const { rootId, index, send, signal } = options;
  let waiters: (() => void)[] = [];

  const passBarrier = async ({ id }: MessageOf<'barrier'>): Promise<void> => {
    const reason = await options.quiesce(signal);
    const { seq } = index;
    while ((options.ackedSeq() ?? seq) < seq && !signal.aborted)
      await new Promise<void>((resolve) => waiters.push(resolve));
    if (signal.aborted) return;
    const why = reason === undefined ? {} : { reason };
    send({ type: 'barrier-passed', root: rootId, id, clean: reason === undefined, ...why });
  };
  const tellDigest = async ({ id, list }: MessageOf<'digest'>): Promise<void> => {
    await index.commit();
    const { digest, entries } = await digestOf(index, signal);
    if (list)
      for await (const part of listOf(index, signal))
        send({ type: 'digest-is', root: rootId, id, digest, entries, list: part, last: false }, true);
    send({ type: 'digest-is', root: rootId, id, digest, entries, list: [], last: true }, true);
  };
  const makeSafe = async ({ id }: MessageOf<'commit'>): Promise<void> => {
    await index.commit();
    await index.durable();
    if (!signal.aborted) send({ type: 'committed', root: rootId, id });
  };
  const answer = (message: MessageOf<'barrier' | 'digest' | 'commit'>): Promise<void> => {
    switch (message.type) {
      case 'barrier':
        return passBarrier(message);
      case 'digest':
        return tellDigest(message);
      case 'commit':
        return makeSafe(message);
    }
  };

  return {
    handle(message) {
      answer(message).catch((error: unknown) => {
        if (!signal.aborted) options.onFailure(error);
      });
    },
    cameFurther() {
      const waiting = waiters;
      waiters = [];
      for (const waiter of waiting) waiter();
    },
  };
}
