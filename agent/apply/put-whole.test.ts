import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { RelPath } from '../core/rel-path.ts';
import { createApply } from './apply.ts';
import { lstatOf } from './disk-stat.ts';
import { probeRenames } from './exchange.ts';
import { tempFolder } from './fixtures/child.ts';
import { type Intent, openIntents, readLeft } from './intents.ts';
import { stageFolder } from './local-folder.ts';
import type { NewFile, WholeFolder } from './put-whole.ts';

const MTIME = 1_700_000_000_123_456_789n;
const file = (path: string, mode = 0o644): NewFile => ({
  path: path as RelPath,
  content: Buffer.from(`content of ${path}`),
  meta: { mode, mtimeNs: MTIME },
});
const folder = (path: string, names: readonly string[], mode = 0o755): WholeFolder => ({
  path: path as RelPath,
  mode,
  incoming: Buffer.from('entries'),
  files: names.map((name) => file(`${path}/${name}`)),
});

function setUp(method: 'exchange' | 'link', refuse?: string) {
  const temp = tempFolder();
  const root = temp.path;
  const real = probeRenames(stageFolder(root), method === 'link' ? { method } : {});
  const log = childPath(root, 'intents.log');
  const intents = openIntents(log);
  let renamed = 0;
  const renames = {
    ...real,
    rename(mine: AbsPath, to: AbsPath) {
      renamed++;
      if (refuse !== undefined) throw Object.assign(new Error(refuse), { code: refuse });
      real.rename(mine, to);
    },
  };
  const apply = createApply({ root, renames, intents });
  const staged: AbsPath[] = [];
  return {
    root,
    apply,
    staged,
    at: (path: string) => childPath(root, path),
    put: (whole: WholeFolder) => apply.putWhole(whole, (path) => staged.push(path)),
    inStage: () => readdirSync(stageFolder(root)),
    left: (): Intent[] => readLeft(log),
    renamed: () => renamed,
    async [Symbol.asyncDispose]() {
      await apply.close();
      intents.close();
      temp[Symbol.dispose]();
    },
  };
}

describe.each(['exchange', 'link'] as const)('putWhole() by %s', (method) => {
  test('puts the folder and what is in it, and says what lies there', async () => {
    await using it = setUp(method);
    const put = it.put({ ...folder('new', [], 0o2775), files: [file('new/a', 0o751), file('new/b', 0o600)] });
    expect(put?.stat).toMatchObject({ ino: lstatOf(it.at('new'))?.ino });
    expect(put?.stats).toEqual([lstatOf(it.at('new/a')), lstatOf(it.at('new/b'))]);
    expect(readFileSync(it.at('new/b'), 'utf8')).toBe('content of new/b');
    expect(put?.stats.map(({ mtimeNs, mode }) => [mtimeNs, mode & 0o7777])).toEqual([
      [MTIME, 0o751],
      [MTIME, 0o600],
    ]);
    expect(lstatSync(it.at('new')).mode & 0o7777).toBe(0o2775);
    expect(it.inStage()).toEqual([]);
  });

  test('announces it, and shows it complete in the stage, before it is at its path', async () => {
    await using it = setUp(method);
    const seen: unknown[] = [];
    it.apply.putWhole(folder('new', ['a']), (staged) => {
      seen.push(readdirSync(staged), existsSync(it.at('new')), it.left().length);
    });
    expect(seen).toEqual([['a'], false, 0]);
    expect(it.left()).toMatchObject([{ path: 'new', incoming: Buffer.from('entries') }]);
  });

  test('goes below a folder that is there', async () => {
    await using it = setUp(method);
    mkdirSync(it.at('above'));
    expect(it.put(folder('above/new', ['a']))).toBeDefined();
    expect(readdirSync(it.at('above/new'))).toEqual(['a']);
  });

  test.each<[string, WholeFolder, (at: (path: string) => AbsPath) => void]>([
    ['where something is', folder('new', ['a']), (at) => mkdirSync(at('new'))],
    ['where a save is', folder('new', ['a']), (at) => writeFileSync(at('new'), 'mine')],
    ['where no folder is above', folder('above/new', ['a']), () => undefined],
    ['where a symlink is above', folder('above/new', ['a']), (at) => symlinkSync('elsewhere', at('above'))],
    ['which its owner may not write to', folder('new', ['a'], 0o555), () => undefined],
    ['with two files of one name', folder('new', ['a', 'a']), () => undefined],
    ['with a name that is too long', folder('new', ['a', 'x'.repeat(300)]), () => undefined],
    ['that is our own', folder('.dsync', ['local']), () => undefined],
    ['in our own', folder('.dsync/local/new', ['a']), () => undefined],
  ])('does nothing %s', async (_, whole, prepare) => {
    await using it = setUp(method);
    prepare(it.at);
    const before = readdirSync(it.root, { recursive: true });
    expect(it.put(whole)).toBeUndefined();
    expect(readdirSync(it.root, { recursive: true })).toEqual(before);
    expect(it.staged).toEqual([]);
  });

  test('a save that takes the path in the last moment stays, and nothing of ours', async () => {
    await using it = setUp(method);
    const put = it.apply.putWhole(folder('new', ['a']), () => writeFileSync(it.at('new'), 'mine'));
    expect(put).toBeUndefined();
    expect(readFileSync(it.at('new'), 'utf8')).toBe('mine');
    expect(it.inStage()).toEqual([]);
    // It says nothing of other folders.
    expect(it.put(folder('other', ['a']))).toBeDefined();
  });

  test.each([
    ['EXDEV', 1],
    ['EINVAL', 1],
    ['ENOSPC', 2],
  ])('where the system says %s, it is tried %i times of two', async (code, times) => {
    await using it = setUp(method, code);
    expect([it.put(folder('one', ['a'])), it.put(folder('two', ['a']))]).toEqual([undefined, undefined]);
    expect(it.renamed()).toBe(times);
    expect(it.inStage()).toEqual([]);
  });
});
