import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AbsPath } from '../../platform/abs-path.ts';
import { unheardOf } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { bumpVersion, type EpochId } from '../core/version.ts';
import { openIndex } from '../index/index-store.ts';
import type { Message } from '../link/messages.ts';
import { createHasher } from '../scan/hash.ts';
import { createProgress } from '../transfer/progress.ts';
import { createSumBook } from '../transfer/sum-book.ts';
import { createRootLink } from './root-link.ts';

const PEER = 'epoch-of-the-peer' as EpochId;

test('a barrier does not wait for an ack of what came from the peer itself', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dsync-root-link-'));
  const index = openIndex(join(folder, 'index') as AbsPath);
  const sent: Message[] = [];
  const link = createRootLink({
    peer: {
      hostId: 'peer',
      name: 'B',
      channel: {
        send: (message) => sent.push(message),
        whenRoom: (callback) => callback(),
        waitingBytes: 0,
        heardAt: 0,
        closed: Promise.resolve(undefined),
        close: () => undefined,
      },
      rttMs: 1,
      features: new Set(),
    },
    rootId: 'root',
    name: 'root',
    remotePath: undefined,
    index,
    paused: false,
    progress: { sending: createProgress(), receiving: createProgress() },
    pushedContentOf: () => undefined,
    contentOf: () => undefined,
    standing: () => undefined,
    absPath: (path) => path as string as AbsPath,
    toStat: () => {
      throw new Error('nothing is read here');
    },
    receive: () => ({ kind: 'settled' }),
    stageFor: () => 'stage' as AbsPath,
    smallBytes: 1,
    local: { find: () => undefined, near: () => undefined },
    sums: createSumBook({ createHasher }),
    rsync: undefined,
    // Between the last time that something was sent and the barrier's look, an entry of the peer is recorded here.
    async quiesce() {
      const version = bumpVersion([], PEER, 1);
      index.put({ ...unheardOf('gone' as RelPath), version, author: 'B', stat: undefined, racy: false, from: PEER });
      return undefined;
    },
    wake: () => undefined,
    onLatency: () => undefined,
    onFailure: () => undefined,
    onUnstored: () => undefined,
    onDebug: () => undefined,
    dropPartials: () => undefined,
    signal: new AbortController().signal,
  });
  try {
    const opening = { root: 'root', name: 'root', epoch: PEER, seq: 1, knows: [], fresh: true, forgot: false };
    link.handle({ type: 'open', empty: true, ...opening });
    link.pump(Number.POSITIVE_INFINITY);
    link.handle({ type: 'barrier', root: 'root', id: 7 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent.map(({ type }) => type)).not.toContain('barrier-passed');
    link.pump(Number.POSITIVE_INFINITY);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent.at(-1)).toEqual({ type: 'barrier-passed', root: 'root', id: 7, clean: true });
  } finally {
    link.close();
    await index.close();
    rmSync(folder, { recursive: true });
  }
});
