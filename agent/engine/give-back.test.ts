import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { AbsPath } from '../../platform/abs-path.ts';
import { unheardOf } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { bumpVersion, type EpochId } from '../core/version.ts';
import { openIndex } from '../index/index-store.ts';
import type { LocalChange } from '../transfer/push-lane.ts';
import { createGiveBack } from './give-back.ts';

const PEER = 'epoch-of-the-peer' as EpochId;
const OTHER = 'epoch-of-another' as EpochId;

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A host that was told of files, and what it asks and gives back; `commits` are the ids that it asked with. */
async function scene() {
  const folder = mkdtempSync(join(tmpdir(), 'dsync-give-back-')) as AbsPath;
  closers.push(() => rmSync(folder, { recursive: true }));
  let index = openIndex(folder);
  closers.push(() => index.close());
  const changes: LocalChange[] = [];
  const commits: number[] = [];
  let link = linked();

  function linked() {
    const giveBack = createGiveBack({
      index,
      ask: (id) => commits.push(id),
      onChange: (change) => changes.push(change),
      onFailure: (error) => expect.unreachable(String(error)),
      askAfterMs: 0,
    });
    closers.push(giveBack.close);
    return giveBack;
  }

  return {
    changes,
    commits,
    told(path: string, from: EpochId | 'here' = PEER): void {
      const version = bumpVersion([], from === 'here' ? index.epoch : from, index.seq + 1);
      const file = { ...unheardOf(path as RelPath), kind: 'file' as const, version };
      index.put({ ...file, author: 'B', stat: undefined, racy: false, from: from === 'here' ? undefined : from });
      link.received();
    },
    committed: (id: number) => link.committed(id),
    safeUpTo: () => index.safeUpTo(PEER),
    /** The link breaks, and both come together again: the paths that go back. */
    async linkedAgain(epoch = PEER): Promise<string[]> {
      link.close();
      link = linked();
      changes.length = 0;
      link.begin(epoch);
      await link.done;
      return changes.map(({ record }) => record.path);
    },
    async restarted(): Promise<void> {
      link.close();
      await index.close();
      index = openIndex(folder);
      link = linked();
    },
    asked: (times: number) => expect.poll(() => commits.length).toBe(times),
  };
}

test('what a peer told of goes back to it when it is linked anew, without content, and once', async () => {
  const { told, linkedAgain, changes } = await scene();
  told('one');
  told('ours', 'here');
  told('two', OTHER);
  expect(await linkedAgain()).toEqual(['one']);
  expect(changes[0]).toMatchObject({ lone: false, contentSeq: 0, record: { from: undefined, seq: 4 } });
  expect(await linkedAgain()).toEqual([]);
  expect(await linkedAgain(OTHER)).toEqual(['two']);
});

test('what is on its disk stays, also after a restart here', async () => {
  const { told, linkedAgain, restarted, asked, committed, commits } = await scene();
  await linkedAgain();
  told('one');
  await asked(1);
  told('two');
  committed(99);
  committed(commits[0] ?? 0);
  await restarted();
  expect(await linkedAgain()).toEqual(['two']);
});

test('asks for as long as there is something that is not known to be safe', async () => {
  const { told, linkedAgain, asked, committed, commits } = await scene();
  await linkedAgain();
  told('one');
  await asked(1);
  told('two');
  committed(commits[0] ?? 0);
  await asked(2);
  committed(commits[1] ?? 0);
  told('three');
  await asked(3);
  committed(commits[2] ?? 0);
  expect(await linkedAgain()).toEqual([]);
});

test('what was looked through is not looked through again, and nothing is asked before', async () => {
  const { told, linkedAgain, asked, commits, safeUpTo } = await scene();
  for (let i = 0; i < 3000; i++) told(`file ${i}`, 'here');
  const looking = linkedAgain();
  told('one');
  expect(await looking).toEqual([]);
  expect(commits).toEqual([]);
  expect(safeUpTo()).toBe(3000);
  await asked(1);
});

test('many go back piece by piece', async () => {
  const { told, linkedAgain } = await scene();
  const names = Array.from({ length: 1200 }, (_, i) => `file ${i}`);
  for (const name of names) told(name);
  expect(await linkedAgain()).toEqual(names);
});
