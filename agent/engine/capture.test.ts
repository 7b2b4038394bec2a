import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { type Entry, unheardOf } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { bumpVersion, type EpochId } from '../core/version.ts';
import { openIndex } from '../index/index-store.ts';
import { hashBuffer } from '../scan/hash.ts';
import type { LocalChange } from '../transfer/push-lane.ts';
import { createRecentContent } from '../transfer/recent-content.ts';
import { createCapture } from './capture.ts';
import { createDeletes } from './deletes.ts';
import { createProblems } from './problems.ts';

const PEER = 'epoch-of-the-peer' as EpochId;
const path = (text: string) => text as RelPath;

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A root on disk, looked at by a capture for which files above 100 bytes are large. */
function createScene(intended: readonly Entry[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'dsync-capture-')) as AbsPath;
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const index = openIndex(childPath(folder, 'index'));
  closers.push(() => index.close());
  const changes: LocalChange[] = [];
  const again: RelPath[] = [];
  const stopping = new AbortController();
  const capture = createCapture({
    root: folder,
    index,
    author: 'here',
    ignores: () => false,
    deletes: createDeletes({ limit: () => 1000, onHeld: () => undefined }),
    problems: createProblems(() => undefined),
    recent: createRecentContent(),
    smallBytes: 100,
    intended: new Map(intended.map((entry) => [entry.path, entry])),
    skipped: new Map(),
    onChange: (change) => changes.push(change),
    onNewFolder: () => undefined,
    onLeftover: () => undefined,
    lookAgain: (at) => again.push(at),
    onHashed: () => undefined,
    isLone: () => true,
    signal: stopping.signal,
  });
  const save = (name: string, content: string) => writeFileSync(childPath(folder, name), content, { mode: 0o644 });
  return { folder, index, capture, changes, again, save };
}

test('a large file that is replaced while it is hashed does not come back as what it was', async () => {
  const { folder, index, capture, again, save } = createScene();
  save('file', 'large '.repeat(1000));
  const hashed = capture.look(path('file'));
  save('other', 'small');
  renameSync(childPath(folder, 'other'), childPath(folder, 'file'));
  capture.beginSlice();
  await capture.look(path('file'));
  await hashed;
  for (const at of again.splice(0)) await capture.look(at);
  expect(index.get(path('file'))?.hash).toBe(hashBuffer('small'));
});

test('what was applied just before a crash is no change of ours, also where the path had been deleted before', () => {
  const content = 'theirs';
  const theirs: Entry = {
    ...unheardOf(path('file')),
    kind: 'file',
    sizeBytes: content.length,
    mode: 0o644,
    hash: hashBuffer(content),
    version: bumpVersion([], PEER, 7),
    author: 'there',
  };
  const { index, capture, changes, save } = createScene([theirs]);
  const deleted = { ...unheardOf(path('file')), version: bumpVersion([], PEER, 6), author: 'there' };
  index.put({ ...deleted, stat: undefined, racy: false, from: PEER });
  save('file', content);
  void capture.look(path('file'));
  expect(index.get(path('file'))).toMatchObject({ version: theirs.version, author: 'there', hash: theirs.hash });
  expect(changes.map(({ record }) => record.author)).toEqual(['there']);
});
