import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { RelPath } from '../core/rel-path.ts';
import { createApply } from './apply.ts';
import { lstatOf } from './disk-stat.ts';
import { probeRenames, type Renames } from './exchange.ts';
import { tempFolder } from './fixtures/child.ts';
import { stageFolder } from './local-folder.ts';
import type { ApplyOutcome } from './outcome.ts';
import { listTrash } from './trash-list.ts';

const MTIME = 1_700_000_000_123_456_789n;
const META = { mode: 0o644, mtimeNs: MTIME };
const A = 'a' as RelPath;
const B = 'folder/b' as RelPath;
const FOLDER = 'folder' as RelPath;
const bytes = (text: string): Uint8Array => Buffer.from(text);

/** `meanwhile` runs right before the next rename or exchange that touches a path outside `.dsync`. */
function setUp(method: 'exchange' | 'link') {
  const folder = tempFolder();
  const root = folder.path;
  const real = probeRenames(stageFolder(root), method === 'link' ? { method } : {});
  expect(real.method).toBe(method);
  let meanwhile: (() => void) | undefined;
  const strike = (): void => {
    const act = meanwhile;
    meanwhile = undefined;
    act?.();
  };
  const renames: Renames = {
    ...real,
    exchange(mine, at) {
      strike();
      return real.exchange(mine, at);
    },
    rename(mine, to) {
      strike();
      real.rename(mine, to);
    },
  };
  const apply = createApply({ root, renames, recheckMs: [5, 15] });
  const at = (path: RelPath): AbsPath => childPath(root, path);
  return {
    root,
    apply,
    at,
    stat: (path: RelPath) => lstatOf(at(path)),
    read: (path: RelPath) => readFileSync(at(path), 'utf8'),
    save: (path: RelPath, text: string) => writeFileSync(at(path), text),
    /** As editors save: another inode. */
    saveByRename(path: RelPath, text: string) {
      writeFileSync(`${at(path)}.new`, text);
      renameSync(`${at(path)}.new`, at(path));
    },
    staged: () => readdirSync(stageFolder(root)),
    trash: () => [...listTrash(root)].map((file) => `${file.path}: ${readText(file.stored)}`),
    meanwhile: (act: () => void) => {
      meanwhile = act;
    },
    async [Symbol.asyncDispose]() {
      await apply.close();
      folder[Symbol.dispose]();
    },
  };
}

function swapForFolder(path: AbsPath): void {
  rmSync(path);
  mkdirSync(path);
}

function readText(path: AbsPath): string {
  return lstatSync(path).isSymbolicLink() ? `-> ${readlinkSync(path)}` : readFileSync(path, 'utf8');
}

function done(outcome: ApplyOutcome) {
  if (outcome.kind !== 'done')
    throw new Error(`expected done: ${outcome.kind} ${'cause' in outcome ? outcome.cause : ''}`);
  return outcome;
}

describe.each(['exchange', 'link'] as const)('apply by %s', (method) => {
  describe('putFile()', () => {
    test('creates a file with content, mode and mtime to the nanosecond', async () => {
      await using it = setUp(method);
      const { stat, trashed } = done(it.apply.putFile(A, bytes('new'), { mode: 0o751, mtimeNs: MTIME }, undefined));
      expect(it.read(A)).toBe('new');
      expect(stat).toEqual(it.stat(A));
      expect(stat?.mtimeNs).toBe(MTIME);
      expect(Number(stat?.mode) & 0o7777).toBe(0o751);
      expect(trashed).toBeUndefined();
      expect(it.staged()).toEqual([]);
    });

    test.each([0o000, 0o200, 0o444, 0o666, 0o777, 0o4755, 0o7777])(
      'gives the mode %o whatever the umask',
      async (mode) => {
        await using it = setUp(method);
        done(it.apply.putFile(A, bytes('new'), { mode, mtimeNs: MTIME }, undefined));
        expect(Number(it.stat(A)?.mode) & 0o7777).toBe(mode);
      },
    );

    test.each([0n, 1n, -1n, -1_500_000_000n, 4_102_444_800_000_000_001n])('keeps the mtime %d', async (mtimeNs) => {
      await using it = setUp(method);
      expect(done(it.apply.putFile(A, bytes(''), { mode: 0o600, mtimeNs }, undefined)).stat?.mtimeNs).toBe(mtimeNs);
    });

    test('replaces what is as expected, and keeps it in the trash', async () => {
      await using it = setUp(method);
      it.save(A, 'old');
      const { stat, trashed } = done(it.apply.putFile(A, bytes('new'), META, it.stat(A)));
      expect(it.read(A)).toBe('new');
      expect(stat).toEqual(it.stat(A));
      expect(readFileSync(String(trashed), 'utf8')).toBe('old');
      expect(it.trash()).toEqual(['a: old']);
      expect(it.staged()).toEqual([]);
    });

    test('replaces one path many times within a second, and the trash keeps each', async () => {
      await using it = setUp(method);
      let expected = done(it.apply.putFile(A, bytes('0'), META, undefined)).stat;
      for (const text of ['1', '2', '3']) expected = done(it.apply.putFile(A, bytes(text), META, expected)).stat;
      expect(it.trash()).toEqual(['a: 2', 'a: 1', 'a: 0']);
    });

    test.each([
      ['content', (it: ReturnType<typeof setUp>) => it.save(A, 'another')],
      ['inode', (it: ReturnType<typeof setUp>) => it.saveByRename(A, 'old')],
      ['mode', (it: ReturnType<typeof setUp>) => chmodSync(it.at(A), 0o600)],
      ['absence', (it: ReturnType<typeof setUp>) => rmSync(it.at(A))],
      ['kind', (it: ReturnType<typeof setUp>) => swapForFolder(it.at(A))],
    ])('touches nothing where the %s is not what was expected', async (_what, change) => {
      await using it = setUp(method);
      it.save(A, 'old');
      const expected = it.stat(A);
      change(it);
      const before = it.stat(A);
      expect(it.apply.putFile(A, bytes('new'), META, expected)).toEqual({ kind: 'changed' });
      expect(it.stat(A)).toEqual(before);
      expect(it.staged()).toEqual([]);
      expect(it.trash()).toEqual([]);
    });

    test('touches nothing where something is and nothing was expected', async () => {
      await using it = setUp(method);
      it.save(A, 'mine');
      expect(it.apply.putFile(A, bytes('new'), META, undefined)).toEqual({ kind: 'changed' });
      expect(it.read(A)).toBe('mine');
      expect(it.staged()).toEqual([]);
    });

    test('a save between look and exchange is handed over whole', async () => {
      await using it = setUp(method);
      it.save(A, 'old');
      it.meanwhile(() => it.saveByRename(A, 'raced'));
      const outcome = it.apply.putFile(A, bytes('new'), META, it.stat(A));
      expect(outcome).toMatchObject({ kind: 'raced', displacedStat: { sizeBytes: 5 } });
      expect(outcome.kind === 'raced' && readFileSync(outcome.displaced, 'utf8')).toBe('raced');
      expect(outcome.kind === 'raced' && outcome.stat).toEqual(it.stat(A));
      expect(it.read(A)).toBe('new');
    });

    test('a save between look and creation stays', async () => {
      await using it = setUp(method);
      it.meanwhile(() => it.save(A, 'raced'));
      expect(it.apply.putFile(A, bytes('new'), META, undefined)).toEqual({ kind: 'changed' });
      expect(it.read(A)).toBe('raced');
      expect(it.staged()).toEqual([]);
    });

    test('a deletion between look and exchange stays', async () => {
      await using it = setUp(method);
      it.save(A, 'old');
      it.meanwhile(() => rmSync(it.at(A)));
      expect(it.apply.putFile(A, bytes('new'), META, it.stat(A))).toEqual({ kind: 'changed' });
      expect(existsSync(it.at(A))).toBe(false);
      expect(it.staged()).toEqual([]);
    });

    test('a folder that took the path between look and exchange stays, with all in it', async () => {
      await using it = setUp(method);
      it.save(A, 'old');
      it.meanwhile(() => {
        rmSync(it.at(A));
        mkdirSync(it.at(A));
        it.save('a/inner' as RelPath, 'inner');
      });
      expect(it.apply.putFile(A, bytes('new'), META, it.stat(A))).toEqual({ kind: 'changed' });
      expect(it.read('a/inner' as RelPath)).toBe('inner');
      expect(it.staged()).toEqual([]);
    });

    test('takes the place of an empty folder and of a symlink, not of a folder that holds something', async () => {
      await using it = setUp(method);
      mkdirSync(it.at(A));
      done(it.apply.putFile(A, bytes('new'), META, it.stat(A)));
      expect(it.read(A)).toBe('new');
      rmSync(it.at(A));
      symlinkSync('nowhere', it.at(A));
      done(it.apply.putFile(A, bytes('newer'), META, it.stat(A)));
      expect(it.read(A)).toBe('newer');
      expect(it.trash()).toEqual(['a: -> nowhere']);
      mkdirSync(it.at(FOLDER));
      it.save(B, 'inner');
      expect(it.apply.putFile(FOLDER, bytes('new'), META, it.stat(FOLDER))).toEqual({ kind: 'not-empty' });
      expect(it.read(B)).toBe('inner');
    });

    test('moves a staged file, and leaves it staged if it is not wanted', async () => {
      await using it = setUp(method);
      const staged = it.apply.stageFor('Zm9v/+hash');
      writeFileSync(staged, 'staged');
      it.save(A, 'mine');
      expect(it.apply.putFile(A, staged, META, undefined)).toEqual({ kind: 'changed' });
      expect(readFileSync(staged, 'utf8')).toBe('staged');
      const { stat } = done(it.apply.putFile(A, staged, { mode: 0o640, mtimeNs: MTIME }, it.stat(A)));
      expect(it.read(A)).toBe('staged');
      expect(stat).toEqual(it.stat(A));
      expect(stat?.mtimeNs).toBe(MTIME);
      expect(Number(stat?.mode) & 0o7777).toBe(0o640);
      expect(it.staged()).toEqual([]);
      expect(it.apply.putFile(A, staged, META, it.stat(A))).toMatchObject({ kind: 'problem', code: 'IO_ERROR' });
    });

    test('never goes through a symlink, and says why not', async () => {
      await using it = setUp(method);
      mkdirSync(it.at('elsewhere' as RelPath));
      symlinkSync('elsewhere', it.at(FOLDER));
      expect(it.apply.putFile(B, bytes('new'), META, undefined)).toMatchObject({ code: 'SYMLINK_PARENT' });
      expect(readdirSync(it.at('elsewhere' as RelPath))).toEqual([]);
      rmSync(it.at(FOLDER));
      it.save(FOLDER, 'a file');
      it.apply.beginSlice();
      expect(it.apply.putFile(B, bytes('new'), META, undefined)).toMatchObject({ code: 'PARENT_NOT_FOLDER' });
      rmSync(it.at(FOLDER));
      it.apply.beginSlice();
      expect(it.apply.putFile(B, bytes('new'), META, undefined)).toEqual({ kind: 'changed' });
    });

    test('a folder trusted within a slice is looked at again in the next', async () => {
      await using it = setUp(method);
      mkdirSync(it.at(FOLDER));
      done(it.apply.putFile(B, bytes('new'), META, undefined));
      renameSync(it.at(FOLDER), it.at('elsewhere' as RelPath));
      symlinkSync('elsewhere', it.at(FOLDER));
      it.apply.beginSlice();
      expect(it.apply.putFile(B, bytes('newer'), META, it.stat(B))).toMatchObject({ code: 'SYMLINK_PARENT' });
    });

    test.each(['.dsync/local/trash/x', '.dsync/local', '.DSYNC/Local/root.json'])('refuses %s', async (path) => {
      await using it = setUp(method);
      expect(it.apply.putFile(path as RelPath, bytes('x'), META, undefined)).toMatchObject({ code: 'NAME_INVALID' });
    });

    test('a name too long is a problem with cause and cure', async () => {
      await using it = setUp(method);
      const outcome = it.apply.putFile('n'.repeat(256) as RelPath, bytes('x'), META, undefined);
      expect(outcome).toMatchObject({ kind: 'problem', code: 'NAME_TOO_LONG' });
      expect(outcome.kind === 'problem' && outcome.cause && outcome.cure).toBeTruthy();
      expect(it.staged()).toEqual([]);
    });
  });

  describe('putFolder()', () => {
    test('makes a folder with its mode, and gives another mode later', async () => {
      await using it = setUp(method);
      const { stat } = done(it.apply.putFolder(FOLDER, 0o777, undefined));
      expect(Number(stat?.mode) & 0o7777).toBe(0o777);
      it.save(B, 'inner changes the mtime');
      expect(Number(done(it.apply.putFolder(FOLDER, 0o700, stat)).stat?.mode) & 0o7777).toBe(0o700);
      expect(it.read(B)).toBe('inner changes the mtime');
    });

    test('takes the place of a file, which goes to the trash', async () => {
      await using it = setUp(method);
      it.save(A, 'old');
      done(it.apply.putFolder(A, 0o755, it.stat(A)));
      expect(statSync(it.at(A)).isDirectory()).toBe(true);
      expect(it.trash()).toEqual(['a: old']);
      expect(it.staged()).toEqual([]);
    });

    test('a save between look and exchange is handed over', async () => {
      await using it = setUp(method);
      it.save(A, 'old');
      it.meanwhile(() => it.saveByRename(A, 'raced'));
      const outcome = it.apply.putFolder(A, 0o755, it.stat(A));
      expect(outcome.kind === 'raced' && readFileSync(outcome.displaced, 'utf8')).toBe('raced');
    });

    test('touches nothing where the path is taken', async () => {
      await using it = setUp(method);
      it.save(A, 'mine');
      expect(it.apply.putFolder(A, 0o755, undefined)).toEqual({ kind: 'changed' });
      expect(it.read(A)).toBe('mine');
    });
  });

  describe('putSymlink()', () => {
    test('makes and replaces a link that leads nowhere, with its mtime', async () => {
      await using it = setUp(method);
      const { stat } = done(it.apply.putSymlink(A, 'nowhere', MTIME, undefined));
      expect(readlinkSync(it.at(A))).toBe('nowhere');
      expect(stat).toEqual(it.stat(A));
      expect(stat?.mtimeNs).toBe(MTIME);
      done(it.apply.putSymlink(A, '../else/ä', MTIME, stat));
      expect(readlinkSync(it.at(A))).toBe('../else/ä');
      expect(it.trash()).toEqual(['a: -> nowhere']);
    });
  });

  describe('setMeta()', () => {
    test('sets mode and mtime of a file, leaves content and inode', async () => {
      await using it = setUp(method);
      it.save(A, 'same');
      const before = it.stat(A);
      const { stat } = done(it.apply.setMeta(A, { mode: 0o755, mtimeNs: MTIME }, before as never));
      expect(stat).toEqual({ ...before, mtimeNs: MTIME, mode: 0o100755 });
      expect(stat).toEqual(it.stat(A));
    });

    test('sets the mtime of a symlink, not of what it points to', async () => {
      await using it = setUp(method);
      it.save(A, 'target');
      symlinkSync('a', it.at('link' as RelPath));
      const before = it.stat(A);
      const link = it.stat('link' as RelPath);
      expect(done(it.apply.setMeta('link' as RelPath, { mtimeNs: MTIME }, link as never)).stat?.mtimeNs).toBe(MTIME);
      expect(it.stat(A)).toEqual(before);
    });

    test('leaves alone what is not as expected', async () => {
      await using it = setUp(method);
      it.save(A, 'old');
      const expected = it.stat(A);
      it.saveByRename(A, 'mine');
      const before = it.stat(A);
      expect(it.apply.setMeta(A, { mode: 0o700, mtimeNs: MTIME }, expected as never)).toEqual({ kind: 'changed' });
      expect(it.stat(A)).toEqual(before);
    });
  });

  describe('remove()', () => {
    test('moves a file and a symlink into the trash', async () => {
      await using it = setUp(method);
      mkdirSync(it.at(FOLDER));
      it.save(B, 'old');
      symlinkSync('nowhere', it.at(A));
      const { trashed } = done(it.apply.remove(B, it.stat(B) as never));
      done(it.apply.remove(A, it.stat(A) as never));
      expect(readFileSync(String(trashed), 'utf8')).toBe('old');
      expect(it.trash().sort()).toEqual(['a: -> nowhere', 'folder/b: old']);
      expect(existsSync(it.at(B))).toBe(false);
    });

    test('removes a folder only when it is empty', async () => {
      await using it = setUp(method);
      mkdirSync(it.at(FOLDER));
      const expected = it.stat(FOLDER) as never;
      it.save(B, 'ignored');
      expect(it.apply.remove(FOLDER, expected)).toEqual({ kind: 'not-empty' });
      rmSync(it.at(B));
      done(it.apply.remove(FOLDER, expected));
      expect(existsSync(it.at(FOLDER))).toBe(false);
    });

    test('leaves alone what is gone or not as expected', async () => {
      await using it = setUp(method);
      it.save(A, 'old');
      const expected = it.stat(A) as never;
      it.saveByRename(A, 'mine');
      expect(it.apply.remove(A, expected)).toEqual({ kind: 'changed' });
      expect(it.read(A)).toBe('mine');
      rmSync(it.at(A));
      expect(it.apply.remove(A, expected)).toEqual({ kind: 'changed' });
    });
  });

  describe('move()', () => {
    test('moves a file and a folder, never onto something', async () => {
      await using it = setUp(method);
      mkdirSync(it.at(FOLDER));
      it.save(A, 'text');
      const { stat } = done(it.apply.move(A, B, it.stat(A) as never));
      expect(stat).toEqual(it.stat(B));
      it.save(A, 'mine');
      expect(it.apply.move(B, A, stat as never)).toEqual({ kind: 'changed' });
      expect([it.read(A), it.read(B)]).toEqual(['mine', 'text']);
      done(it.apply.move(FOLDER, 'renamed' as RelPath, it.stat(FOLDER) as never));
      expect(it.read('renamed/b' as RelPath)).toBe('text');
      expect(it.staged()).toEqual([]);
    });

    test('something that appears at the new path in between stays, and so does the file', async () => {
      await using it = setUp(method);
      it.save(A, 'text');
      it.meanwhile(() => it.save('c' as RelPath, 'appeared'));
      expect(it.apply.move(A, 'c' as RelPath, it.stat(A) as never)).toEqual({ kind: 'changed' });
      expect([it.read(A), it.read('c' as RelPath)]).toEqual(['text', 'appeared']);
      expect(it.staged()).toEqual([]);
    });
  });

  test('adopt() gives a file of ours a free path and makes the folders above it', async () => {
    await using it = setUp(method);
    const own = it.apply.newStagePath();
    writeFileSync(own, 'kept');
    const to = '.dsync/conflicts/deep/a.sync-conflict' as RelPath;
    done(it.apply.adopt(own, to));
    expect(it.read(to)).toBe('kept');
    writeFileSync(own, 'second');
    expect(it.apply.adopt(own, to)).toEqual({ kind: 'changed' });
    expect([it.read(to), readFileSync(own, 'utf8')]).toEqual(['kept', 'second']);
  });

  test('a program that held the displaced file open is noticed', async () => {
    await using it = setUp(method);
    it.save(A, 'old');
    const late = new Promise<[RelPath, AbsPath]>((resolve) => {
      it.apply.recheck((path, trashed) => resolve([path, trashed]));
    });
    const { trashed } = done(it.apply.putFile(A, bytes('new'), META, it.stat(A)));
    writeFileSync(String(trashed), 'written late');
    expect(await late).toEqual([A, trashed]);
  });

  test('flush() resolves for few and for many, and for what is gone by then', async () => {
    await using it = setUp(method);
    done(it.apply.putFolder(FOLDER, 0o755, undefined));
    done(it.apply.putFile(B, bytes('x'), META, undefined));
    done(it.apply.putFile(A, bytes('x'), META, undefined));
    rmSync(it.at(A));
    await Promise.all([it.apply.flush(), it.apply.flush()]);
    for (let n = 0; n < 100; n++) done(it.apply.putFile(`folder/${n}` as RelPath, bytes('x'), META, undefined));
    await it.apply.flush();
  });
});
