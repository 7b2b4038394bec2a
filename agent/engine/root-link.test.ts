import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { AbsPath } from '../../platform/abs-path.ts';
import { unheardOf } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { bumpVersion, type EpochId, type Version } from '../core/version.ts';
import { openIndex } from '../index/index-store.ts';
import type { Message } from '../link/messages.ts';
import { createHasher } from '../scan/hash.ts';
import { createProgress } from '../transfer/progress.ts';
import { createSumBook } from '../transfer/sum-book.ts';
import { COMMIT_FEATURE, createRootLink, type RootLink, type RootLinkOptions } from './root-link.ts';

const PEER = 'epoch-of-the-peer' as EpochId;

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const fromPeer = (path: string, version: Version) => ({
  ...unheardOf(path as RelPath),
  ...{ version, author: 'B', stat: undefined, racy: false, from: PEER },
});

/** A host with an index of its own, and links to one peer, which is played by the test. */
function scene() {
  const folder = mkdtempSync(join(tmpdir(), 'dsync-root-link-'));
  closers.push(() => rmSync(folder, { recursive: true }));
  const index = openIndex(join(folder, 'index') as AbsPath);
  closers.push(() => index.close());
  const sent: Message[] = [];

  function linked({ quiesce = async () => undefined }: Partial<Pick<RootLinkOptions, 'quiesce'>> = {}): RootLink {
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
          addStripe: () => undefined,
          doneWith: () => undefined,
          stripes: 0,
        },
        rttMs: 1,
        features: new Set([COMMIT_FEATURE]),
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
      receive: {
        one({ entry }) {
          index.put(fromPeer(entry.path, entry.version));
          return { kind: 'settled' };
        },
        whole: () => false,
      },
      stageFor: () => 'stage' as AbsPath,
      smallBytes: 1,
      local: { find: () => undefined, near: () => undefined },
      sums: createSumBook({ createHasher }),
      rsync: undefined,
      quiesce,
      wake: () => undefined,
      onLatency: () => undefined,
      onFailure: () => undefined,
      onUnstored: () => undefined,
      onDebug: () => undefined,
      dropPartials: () => undefined,
      signal: new AbortController().signal,
    });
    closers.push(link.close);
    const opening = { root: 'root', name: 'root', epoch: PEER, seq: 1, knows: [], fresh: true };
    link.handle({ type: 'open', empty: true, ...opening });
    link.pump(Number.POSITIVE_INFINITY);
    return link;
  }
  return { index, sent, linked };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('a barrier does not wait for an ack of what came from the peer itself', async () => {
  const { index, sent, linked } = scene();
  const link = linked({
    // Between the last time that something was sent and the barrier's look, an entry of the peer is recorded here.
    async quiesce() {
      index.put(fromPeer('gone', bumpVersion([], PEER, 1)));
      return undefined;
    },
  });
  link.handle({ type: 'barrier', root: 'root', id: 7 });
  await nextTurn();
  expect(sent.map(({ type }) => type)).not.toContain('barrier-passed');
  link.pump(Number.POSITIVE_INFINITY);
  await nextTurn();
  expect(sent.at(-1)).toEqual({ type: 'barrier-passed', root: 'root', id: 7, clean: true });
});

test('a save that overtook, and whose record a crash took there, goes back before a barrier passes', async () => {
  const { sent, linked } = scene();
  const before = linked();
  const entry = { ...unheardOf('saved' as RelPath), version: bumpVersion([], PEER, 9) };
  before.handle({ type: 'batch', root: 'root', id: 1, from: 0, to: 0, bulk: false, items: [{ entry }] });
  before.work(Number.POSITIVE_INFINITY);
  before.close();

  const after = linked();
  after.handle({ type: 'barrier', root: 'root', id: 7 });
  await nextTurn();
  expect(sent.map(({ type }) => type)).not.toContain('barrier-passed');
  after.pump(Number.POSITIVE_INFINITY);
  const back = sent.findLast((message) => message.type === 'batch');
  expect(back).toMatchObject({ items: [{ entry: { path: 'saved', version: entry.version } }] });
  after.handle({ type: 'ack', root: 'root', id: back?.id ?? 0 });
  await nextTurn();
  expect(sent.at(-1)).toMatchObject({ type: 'barrier-passed' });
});

test('says that what was told is on disk once it is', async () => {
  const { index, sent, linked } = scene();
  const link = linked();
  index.put({ ...fromPeer('ours', []), from: undefined });
  link.handle({ type: 'commit', root: 'root', id: 3 });
  expect(sent.at(-1)).not.toMatchObject({ type: 'committed' });
  await expect.poll(() => sent.at(-1)).toEqual({ type: 'committed', root: 'root', id: 3 });
  expect([...index.records()]).toMatchObject([{ path: 'ours' }]);
});
