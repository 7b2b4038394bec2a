import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { AbsPath } from '../../platform/abs-path.ts';
import { createApply } from '../apply/apply.ts';
import { probeRenames } from '../apply/exchange.ts';
import { stageFolder } from '../apply/local-folder.ts';
import { type Entry, recordOf, type Stat, unheardOf } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { EpochId } from '../core/version.ts';
import { hashBuffer } from '../scan/hash.ts';
import { captureScene } from './fixtures/capture-scene.ts';
import type { Incoming } from './receive.ts';
import { createReceiveWhole } from './receive-whole.ts';

const EPOCH = 'epoch-of-the-peer' as EpochId;
const AUTHOR = 'here';

function incoming(path: string, kind: 'file' | 'folder', by = 'peer'): Incoming {
  const content = kind === 'file' ? Buffer.from(path) : undefined;
  const entry: Entry = {
    ...unheardOf(path as RelPath),
    kind,
    mode: kind === 'file' ? 0o644 : 0o755,
    sizeBytes: content?.length ?? 0,
    mtimeNs: 1_700_000_000_000_000_000n,
    hash: content === undefined ? '' : hashBuffer(content),
    version: [[EPOCH, 7]],
    author: by,
  };
  return { entry, content, movedFrom: undefined, from: EPOCH, host: 'B', last: false };
}

function setUp({ watches = true } = {}) {
  const scene = captureScene();
  const { root, index } = scene;
  const apply = createApply({ root, renames: probeRenames(stageFolder(root)) });
  const watched: string[] = [];
  const record = ({ entry, from }: Incoming, stat: Stat) =>
    index.put(recordOf(entry, { version: entry.version, author: entry.author, stat, racy: false, from }));
  let meanwhile = (): void => undefined;
  const addStaged = (folder: RelPath, staged: AbsPath): void => {
    watched.push(`${folder} of ${readdirSync(staged)}`);
    meanwhile();
  };
  const receive = createReceiveWhole({
    index,
    apply,
    author: AUTHOR,
    ignores: (path) => path.endsWith('ignored'),
    isIgnoreFile: (path) => path.endsWith('.gitignore'),
    watch: {
      addStaged: watches ? addStaged : undefined,
      drop: (folder) => watched.push(`not ${folder}`),
    },
    record,
  });
  const folderHere = (path: string, mode = 0o755): void => {
    mkdirSync(scene.at(path));
    chmodSync(scene.at(path), mode);
    void scene.capture.look(path as RelPath);
  };
  return {
    ...scene,
    meanwhile: (act: () => void) => {
      meanwhile = act;
    },
    receive,
    watched,
    folderHere,
    [Symbol.asyncDispose]: scene[Symbol.asyncDispose],
  };
}

test('all of it is at its path, watched and recorded, the folder first', async () => {
  await using it = setUp();
  it.folderHere('above');
  const [folder, a, b] = [
    incoming('above/new', 'folder'),
    incoming('above/new/a', 'file'),
    incoming('above/new/b', 'file'),
  ];
  expect(it.receive(folder, [a, b])).toBe(true);
  expect(readFileSync(it.at('above/new/b'), 'utf8')).toBe('above/new/b');
  expect(it.watched).toEqual(['above/new of a,b']);
  const records = [folder, a, b].map(({ entry }) => it.index.get(entry.path));
  expect(records).toEqual(records.toSorted((x, y) => (x?.seq ?? 0) - (y?.seq ?? 0)));
  expect(records.map((each) => [each?.author, each?.from, each?.version])).toEqual(
    Array.from({ length: 3 }, () => ['peer', EPOCH, [[EPOCH, 7]]]),
  );
  // What is recorded is what lies there: an event tells nothing.
  expect([folder, a, b].every(({ entry }) => it.capture.stands(entry.path))).toBe(true);
});

test.each<[string, Incoming, Incoming[], (it: ReturnType<typeof setUp>) => void]>([
  ['below a folder that nobody knows', incoming('above/new', 'folder'), [], ({ at }) => mkdirSync(at('above'))],
  ['below one that gives its group on', incoming('s/new', 'folder'), [], (it) => it.folderHere('s', 0o2755)],
  ['that was here before', incoming('new', 'folder'), [], (it) => known(it, 'new')],
  [
    'with a file that was here before',
    incoming('new', 'folder'),
    [incoming('new/a', 'file')],
    (it) => known(it, 'new/a'),
  ],
  ['of our own making', incoming('new', 'folder', AUTHOR), [], () => undefined],
  ['that is ignored', incoming('ignored', 'folder'), [], () => undefined],
  ['with a file that is ignored', incoming('new', 'folder'), [incoming('new/ignored', 'file')], () => undefined],
  ['with rules for what is in it', incoming('new', 'folder'), [incoming('new/.gitignore', 'file')], () => undefined],
  ['that lies there unseen', incoming('new', 'folder'), [incoming('new/a', 'file')], ({ at }) => mkdirSync(at('new'))],
])('a folder %s is left to a proper look', async (_, folder, files, prepare) => {
  await using it = setUp();
  prepare(it);
  const before = it.index.seq;
  expect(it.receive(folder, files)).toBe(false);
  expect(it.index.seq).toBe(before);
  expect(files.some(({ entry }) => existsSync(it.at(entry.path)))).toBe(false);
  expect(it.watched).toEqual([]);
});

test('one that lost its path in the last moment is not watched any more', async () => {
  await using it = setUp();
  const folder = incoming('new', 'folder');
  it.meanwhile(() => mkdirSync(it.at('new')));
  expect(it.receive(folder, [incoming('new/a', 'file')])).toBe(false);
  expect(it.watched).toEqual(['new of a', 'not new']);
  expect(it.index.get(folder.entry.path)).toBeUndefined();
});

test('where a folder cannot be watched before it is at its path, nothing is put as a whole', async () => {
  await using it = setUp({ watches: false });
  expect(it.receive(incoming('new', 'folder'), [incoming('new/a', 'file')])).toBe(false);
  expect(existsSync(it.at('new'))).toBe(false);
});

function known({ index }: ReturnType<typeof setUp>, path: string): void {
  const gone = { ...unheardOf(path as RelPath), version: [[EPOCH, 3]] as Entry['version'] };
  index.put(recordOf(gone, { version: gone.version, author: 'peer', stat: undefined, racy: false, from: undefined }));
}
