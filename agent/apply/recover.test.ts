import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { Stat } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { lstatOf } from './disk-stat.ts';
import { probeRenames } from './exchange.ts';
import { tempFolder } from './fixtures/child.ts';
import type { Intent } from './intents.ts';
import { ensureLocalFolder, stageFolder } from './local-folder.ts';
import { recoverStage } from './recover.ts';

const PATH = 'a' as RelPath;

function setUp() {
  const folder = tempFolder();
  const root = folder.path;
  ensureLocalFolder(root);
  const temp = childPath(stageFolder(root), 'in-1');
  const renames = probeRenames(stageFolder(root));
  const write = (path: AbsPath, text: string): Stat => {
    writeFileSync(path, text);
    const stat = lstatOf(path);
    if (stat === undefined) throw new Error(`not written: ${path}`);
    return stat;
  };
  return {
    root,
    temp,
    at: childPath(root, PATH),
    write,
    staged: () => readdirSync(stageFolder(root)),
    recover: (intents: readonly Partial<Intent>[], now?: number) =>
      recoverStage({
        root,
        renames,
        intents: intents.map((intent) => ({
          path: PATH,
          temp,
          expected: undefined,
          made: undefined,
          incoming: undefined,
          ...intent,
        })),
        ...(now === undefined ? {} : { now }),
      }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

test('an empty stage is nothing to do', () => {
  using it = setUp();
  expect(it.recover([{}])).toEqual({ rescued: [], restored: [], trashed: [], unknown: [], unfinished: 0 });
});

test('killed while a new folder was made: all of it goes, announced or not', () => {
  using it = setUp();
  const staged = childPath(stageFolder(it.root), 'whole-1');
  mkdirSync(staged);
  it.write(childPath(staged, 'file'), 'incoming');
  mkdirSync(childPath(stageFolder(it.root), 'whole-2'));
  const recovery = it.recover([{ temp: staged, made: lstatOf(staged) }]);
  expect(recovery).toEqual({ rescued: [], restored: [], trashed: [], unknown: [], unfinished: 2 });
  expect(it.staged()).toEqual([]);
});

test('killed before the exchange: our own content goes', () => {
  using it = setUp();
  const expected = it.write(it.at, 'old');
  expect(it.recover([{ expected, made: it.write(it.temp, 'incoming') }]).unfinished).toBe(1);
  expect(it.staged()).toEqual([]);
  expect(readFileSync(it.at, 'utf8')).toBe('old');
});

test('killed after the exchange: the expected old content goes to the trash', () => {
  using it = setUp();
  const made = it.write(it.at, 'incoming');
  const { trashed } = it.recover([{ expected: it.write(it.temp, 'old'), made }]);
  expect(trashed.map(({ path, stored }) => `${path}: ${readFileSync(stored, 'utf8')}`)).toEqual(['a: old']);
  expect(it.staged()).toEqual([]);
});

test('killed after the exchange with a save: the save is handed over where it lies', () => {
  using it = setUp();
  const made = it.write(it.at, 'incoming');
  const expected = { ...made, ino: made.ino + 1_000_000n };
  const stat = it.write(it.temp, 'raced');
  expect(it.recover([{ expected, made }]).rescued).toEqual([{ path: PATH, at: it.temp, stat }]);
  expect(readFileSync(it.temp, 'utf8')).toBe('raced');
});

test('a later intent under the same name counts', () => {
  using it = setUp();
  const made = it.write(it.temp, 'incoming');
  expect(it.recover([{}, { made }]).unfinished).toBe(1);
});

test('what nobody announced goes to the trash below recovered/', () => {
  using it = setUp();
  it.write(it.temp, 'whatever');
  mkdirSync(childPath(stageFolder(it.root), 'odd'));
  it.write(childPath(stageFolder(it.root), 'odd/file'), 'x');
  const { unknown } = it.recover([]);
  expect(unknown.map((path) => path.split('/').slice(-2).join('/')).sort()).toEqual([
    'recovered/in-1',
    'recovered/odd',
  ]);
  expect(it.staged()).toEqual([]);
});

test('what was announced before it was whole is never put at the path', () => {
  using it = setUp();
  it.write(it.temp, 'torn');
  expect(it.recover([{}]).unknown).toHaveLength(1);
  expect(existsSync(it.at)).toBe(false);
});

test('link: killed while the path was free, the old content is back there', () => {
  using it = setUp();
  const made = it.write(it.temp, 'incoming');
  const expected = it.write(`${it.temp}.aside` as AbsPath, 'old');
  const recovery = it.recover([{ expected, made }]);
  expect(recovery.restored).toEqual([PATH]);
  expect(recovery.unfinished).toBe(1);
  expect(readFileSync(it.at, 'utf8')).toBe('old');
  expect(it.staged()).toEqual([]);
});

test('link: killed with both links made, the path keeps the new content and the trash the old', () => {
  using it = setUp();
  const made = it.write(it.temp, 'incoming');
  linkSync(it.temp, it.at);
  const expected = it.write(`${it.temp}.aside` as AbsPath, 'old');
  const recovery = it.recover([{ expected, made }]);
  expect([recovery.trashed.length, recovery.unfinished]).toEqual([1, 1]);
  expect(readFileSync(it.at, 'utf8')).toBe('incoming');
  expect(it.staged()).toEqual([]);
});

test('a move or delete killed half-way is undone', () => {
  using it = setUp();
  expect(it.recover([{ expected: it.write(it.temp, 'text') }]).restored).toEqual([PATH]);
  expect(readFileSync(it.at, 'utf8')).toBe('text');
});

test('what lies beside its path is found by its intent', () => {
  using it = setUp();
  mkdirSync(childPath(it.root, 'mount'));
  const temp = childPath(it.root, 'mount/.dsync-tmp-1');
  const made = it.write(temp, 'incoming');
  expect(it.recover([{ path: 'mount/a' as RelPath, temp, made }]).unfinished).toBe(1);
  expect(existsSync(temp)).toBe(false);
});

test('a partial is kept for a day, by when it was last touched, not by its mtime', () => {
  using it = setUp();
  const partial = childPath(stageFolder(it.root), 'part-hash');
  it.write(partial, 'half');
  utimesSync(partial, 1, 1);
  it.recover([]);
  expect(existsSync(partial)).toBe(true);
  it.recover([], Date.now() + 25 * 3_600_000);
  expect(existsSync(partial)).toBe(false);
});

test('recovery may itself be cut off and run again', () => {
  using it = setUp();
  const made = it.write(it.at, 'incoming');
  const intents = [{ expected: it.write(it.temp, 'old'), made }];
  it.recover(intents);
  expect(it.recover(intents)).toEqual({ rescued: [], restored: [], trashed: [], unknown: [], unfinished: 0 });
});
