import { mkdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createApply } from '../apply/apply.ts';
import { probeRenames } from '../apply/exchange.ts';
import { type Entry, unheardOf } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { bumpVersion, type EpochId } from '../core/version.ts';
import { hashBuffer } from '../scan/hash.ts';
import { lstatPath } from '../scan/lstat.ts';
import { createEnsureParents } from './ensure-parents.ts';
import { captureScene } from './fixtures/capture-scene.ts';

const PEER = 'epoch-of-the-peer' as EpochId;
const path = (text: string) => text as RelPath;

test('a large file that is replaced while it is hashed does not come back as what it was', async () => {
  await using scene = captureScene();
  const { index, capture, again, at, save } = scene;
  save('file', 'large '.repeat(1000));
  const hashed = capture.look(path('file'));
  save('other', 'small');
  renameSync(at('other'), at('file'));
  capture.beginSlice();
  await capture.look(path('file'));
  await hashed;
  for (const each of again.splice(0)) await capture.look(each);
  expect(index.get(path('file'))?.hash).toBe(hashBuffer('small'));
});

test('what was applied just before a crash is no change of ours, also where the path had been deleted before', async () => {
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
  await using scene = captureScene([theirs]);
  const { index, capture, changes, save } = scene;
  const deleted = { ...unheardOf(path('file')), version: bumpVersion([], PEER, 6), author: 'there' };
  index.put({ ...deleted, stat: undefined, racy: false, from: PEER });
  save('file', content);
  void capture.look(path('file'));
  expect(index.get(path('file'))).toMatchObject({ version: theirs.version, author: 'there', hash: theirs.hash });
  expect(changes.map(({ record }) => record.author)).toEqual(['there']);
});

test('a folder that was moved away unseen is made again for what comes in, and what was in it is missing', async () => {
  await using scene = captureScene();
  const { root, index, capture, deletes, at, save, onChange } = scene;
  const apply = createApply({ root, renames: probeRenames(root) });
  const ensureParents = createEnsureParents({ root, index, apply, capture, onChange, onFolder: () => undefined });
  mkdirSync(at('folder'));
  save('folder/file', 'content');
  for (const each of ['folder', 'folder/file']) void capture.look(path(each));
  renameSync(at('folder'), at('elsewhere'));
  capture.beginSlice();
  expect(ensureParents(path('folder/new'))).toBeUndefined();
  expect(deletes.has(path('folder/file'))).toBe(true);
  // What came to the old path since is not taken for what was moved.
  save('folder/file', 'came in');
  const stat = lstatPath(at('folder/file'));
  if (stat === undefined) throw new Error('not written');
  capture.own({ ...unheardOf(path('folder/file')), kind: 'file', hash: 'h' }, stat);
  for (const each of ['elsewhere', 'elsewhere/file']) void capture.look(path(each));
  expect(index.get(path('elsewhere/file'))?.kind).toBe('file');
  expect(index.get(path('folder/file'))?.kind).toBe('file');
  await apply.close();
});

test('an event tells nothing where the disk has what is recorded, and something everywhere else', async () => {
  await using scene = captureScene();
  const { index, capture, deletes, at, save } = scene;
  const past = new Date(1_700_000_000_000);
  const record = (name: string) => {
    save(name, name);
    utimesSync(at(name), past, past);
    void capture.look(path(name));
  };
  for (const name of ['as-it-was', 'longer', 'replaced', 'removed', 'missing-before', 'touched']) record(name);
  mkdirSync(at('folder'));
  void capture.look(path('folder'));
  save('racy', 'saved a moment ago');
  void capture.look(path('racy'));
  save('longer', 'longer than it was');
  save('other', 'replaced');
  utimesSync(at('other'), past, past);
  renameSync(at('other'), at('replaced'));
  rmSync(at('removed'));
  utimesSync(at('touched'), past, new Date(past.getTime() + 1));
  const missing = index.get(path('missing-before'));
  if (missing?.kind === 'file') deletes.missing(missing);
  const names = [
    'as-it-was',
    'longer',
    'replaced',
    'removed',
    'missing-before',
    'touched',
    'folder',
    'racy',
    'unheard-of',
  ];
  expect(names.filter((name) => capture.stands(path(name)))).toEqual(['as-it-was', 'folder']);
});
