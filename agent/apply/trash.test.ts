import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { expect, test } from 'vitest';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { RelPath } from '../core/rel-path.ts';
import { probeRenames } from './exchange.ts';
import { tempFolder } from './fixtures/child.ts';
import { ensureLocalFolder, stageFolder, trashFolder } from './local-folder.ts';
import { createTrash } from './trash.ts';
import { findTrashed, listTrash } from './trash-list.ts';
import { sweepTrash } from './trash-sweep.ts';

const AT = Date.UTC(2026, 10, 21, 5, 33, 12);
const DAY = 86_400_000;

function setUp() {
  const folder = tempFolder();
  const root = folder.path;
  ensureLocalFolder(root);
  let now = AT;
  const trash = createTrash(root, probeRenames(stageFolder(root)), () => now);
  const put = (path: string, text: string): AbsPath => {
    const from = childPath(root, 'incoming');
    writeFileSync(from, text);
    return trash.take(from, path);
  };
  return {
    root,
    trash,
    put,
    pass: (ms: number) => {
      now += ms;
    },
    list: (path?: string) =>
      [...listTrash(root, path as RelPath | undefined)].map(
        (file) => `${file.trashedAt} ${file.path} ${file.sizeBytes}`,
      ),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

test('keeps a file under the UTC second and its path', () => {
  using it = setUp();
  expect(it.put('src/a.ts', 'x')).toBe(childPath(trashFolder(it.root), '20261121T053312Z/src/a.ts'));
  expect(existsSync(childPath(it.root, 'incoming'))).toBe(false);
});

test('a path taken in one second goes into a folder of its own, and so does a file where a folder is', () => {
  using it = setUp();
  const stored = [it.put('a', '1'), it.put('a', '2'), it.put('a/b', '3'), it.put('a', '4'), it.put('a~2', '5')];
  expect(stored.map((path) => readFileSync(path, 'utf8'))).toEqual(['1', '2', '3', '4', '5']);
  expect(new Set(stored).size).toBe(5);
  expect([...listTrash(it.root)].map((file) => file.path).sort()).toEqual(['a', 'a', 'a', 'a/b', 'a~2']);
  expect(
    [...listTrash(it.root, 'a' as RelPath)]
      .filter(({ path }) => path === 'a')
      .map((file) => readFileSync(file.stored, 'utf8')),
  ).toEqual(['4', '2', '1']);
});

test('two agents’ lives within one second share no folder', () => {
  using it = setUp();
  it.put('a', '1');
  const other = createTrash(it.root, probeRenames(stageFolder(it.root)), () => AT);
  writeFileSync(childPath(it.root, 'incoming'), '2');
  expect(other.take(childPath(it.root, 'incoming'), 'b')).toContain('20261121T053312Z~2/b');
});

test('a trash emptied by its owner meanwhile is made anew', () => {
  using it = setUp();
  it.put('src/a', '1');
  rmSync(trashFolder(it.root), { recursive: true });
  expect(readFileSync(it.put('src/b', '2'), 'utf8')).toBe('2');
});

test('what is not there is an error, and takes no other file along', () => {
  using it = setUp();
  expect(() => it.trash.take(childPath(it.root, 'nothing'), 'a')).toThrow(/ENOENT/);
});

test('copyIn() keeps bytes and mtime, and symlinks as such', () => {
  using it = setUp();
  const from = childPath(it.root, 'from');
  writeFileSync(from, 'text');
  utimesSync(from, 1_000_000, 1_000_000.5);
  const stored = it.trash.copyIn(from, 'src/a');
  expect(readFileSync(stored, 'utf8')).toBe('text');
  expect(existsSync(from)).toBe(false);
  symlinkSync('/nowhere', from);
  it.trash.copyIn(from, 'src/link');
  expect(it.list()).toEqual(['20261121T053312Z src/a 4', '20261121T053312Z src/link 8']);
});

test('lists newest first, one path or all below a folder', () => {
  using it = setUp();
  it.put('src/a', '1');
  it.pass(60_000);
  it.put('src/a', '22');
  it.put('b', '333');
  expect(it.list('src/a')).toEqual(['20261121T053412Z src/a 2', '20261121T053312Z src/a 1']);
  expect(it.list('src')).toEqual(it.list('src/a'));
  expect(it.list('nothing')).toEqual([]);
  expect(findTrashed(it.root, 'src/a' as RelPath)?.sizeBytes).toBe(2);
  expect(findTrashed(it.root, 'src/a' as RelPath, '20261121T053312Z')?.sizeBytes).toBe(1);
  expect(findTrashed(it.root, 'src' as RelPath)).toBeUndefined();
});

test('a root without trash lists nothing', () => {
  using folder = tempFolder();
  expect([...listTrash(folder.path)]).toEqual([]);
});

test('a sweep removes what is too old, and then the oldest while there is too much', async () => {
  using it = setUp();
  it.put('old', 'x');
  it.put('precious', 'x');
  it.pass(40 * DAY);
  it.put('src/b', 'xxxx');
  it.pass(DAY);
  it.put('src/c', 'xxxx');
  const swept = await sweepTrash(it.root, {
    now: AT + 41 * DAY,
    maxBytes: 5,
    keep: ({ path }) => path === 'precious',
  });
  expect(swept).toEqual({ files: 2, bytes: 5, leftBytes: 5 });
  expect([...listTrash(it.root)].map((file) => file.path)).toEqual(['src/c', 'precious']);
  expect(readdirSync(trashFolder(it.root))).toHaveLength(2);
});

test('a sweep follows no symlink and leaves what it does not know', async () => {
  using it = setUp();
  const outside = childPath(it.root, 'outside');
  mkdirSync(outside);
  writeFileSync(childPath(outside, 'mine'), 'x');
  it.put('a', 'x');
  symlinkSync(outside, childPath(trashFolder(it.root), '20261121T053312Z/link'));
  symlinkSync(outside, childPath(trashFolder(it.root), 'something-else'));
  await sweepTrash(it.root, { now: AT + 400 * DAY });
  expect(readdirSync(outside)).toEqual(['mine']);
  expect(readdirSync(trashFolder(it.root))).toEqual(['something-else']);
});

test('an aborted sweep throws the reason and leaves the rest', async () => {
  using it = setUp();
  it.put('a', 'x');
  const reason = new Error('enough');
  await expect(sweepTrash(it.root, { now: AT + 400 * DAY, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(it.list()).toHaveLength(1);
});

test('a folder renamed to look like a stamp from outside is listed without harm', () => {
  using it = setUp();
  it.put('a', 'x');
  renameSync(
    childPath(trashFolder(it.root), '20261121T053312Z'),
    childPath(trashFolder(it.root), '20261121T053312Z~17'),
  );
  expect(it.list()).toEqual(['20261121T053312Z a 1']);
});
