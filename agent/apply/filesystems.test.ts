import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { RelPath } from '../core/rel-path.ts';
import { type Apply, createApply } from './apply.ts';
import { lstatOf } from './disk-stat.ts';
import { probeRenames } from './exchange.ts';
import { tempFolder } from './fixtures/child.ts';
import { openIntents, readLeft } from './intents.ts';
import { stageFolder } from './local-folder.ts';
import { recoverStage } from './recover.ts';
import { listTrash } from './trash-list.ts';

const META = { mode: 0o644, mtimeNs: 1_700_000_000_123_456_789n };
const A = 'mount/a' as RelPath;

const canMount = (() => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  using folder = tempFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder.path], { stdio: 'ignore' });
    execFileSync('umount', [folder.path]);
    return true;
  } catch {
    return false;
  }
})();

function mount(at: AbsPath, options: string) {
  mkdirSync(at, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', at], { stdio: 'ignore' });
  return {
    remount: (changed: string) => execFileSync('mount', ['-o', `remount,${changed}`, at]),
    [Symbol.dispose]: () => execFileSync('umount', ['-l', at]),
  };
}

function applyOn(root: AbsPath, method?: 'link'): Apply {
  const renames = probeRenames(stageFolder(root), method ? { method } : {});
  return createApply({ root, renames, intents: openIntents(`${root}.intents` as AbsPath), recheckMs: [] });
}

// Mounting takes root and a kernel that allows it.
describe.skipIf(!canMount)('on filesystems of their own', () => {
  test('a full disk is a problem, changes nothing and leaves nothing in the stage', () => {
    using folder = tempFolder();
    const root = childPath(folder.path, 'root');
    using _ = mount(root, 'size=256k');
    const apply = applyOn(root);
    const at = childPath(root, 'a');
    writeFileSync(at, 'old');
    const outcome = apply.putFile('a' as RelPath, Buffer.alloc(1024 * 1024), META, lstatOf(at));
    expect(outcome).toMatchObject({ kind: 'problem', code: 'DISK_FULL' });
    expect(readFileSync(at, 'utf8')).toBe('old');
    expect(readdirSync(stageFolder(root))).toEqual([]);
    expect(apply.putFile('b' as RelPath, Buffer.from('small'), META, undefined).kind).toBe('done');
  });

  test('a disk too full for the trash keeps the old content in the stage', () => {
    using folder = tempFolder();
    const root = childPath(folder.path, 'root');
    using tmpfs = mount(root, 'size=1m,nr_inodes=64');
    const apply = applyOn(root);
    const at = childPath(root, 'a');
    writeFileSync(at, 'old');
    const staged = apply.newStagePath();
    writeFileSync(staged, 'new');
    const used = Number(execFileSync('df', ['--output=iused', root]).toString().split('\n')[1]);
    tmpfs.remount(`nr_inodes=${used}`);
    const outcome = apply.putFile('a' as RelPath, staged, META, lstatOf(at));
    expect(outcome.kind).toBe('done');
    expect(readFileSync(at, 'utf8')).toBe('new');
    expect(outcome.kind === 'done' && readFileSync(String(outcome.trashed), 'utf8')).toBe('old');
  });

  test('a read-only filesystem is a problem', () => {
    using folder = tempFolder();
    const root = childPath(folder.path, 'root');
    using tmpfs = mount(root, 'size=256k');
    const apply = applyOn(root);
    writeFileSync(childPath(root, 'a'), 'old');
    tmpfs.remount('ro');
    const expected = lstatOf(childPath(root, 'a'));
    expect(apply.putFile('a' as RelPath, Buffer.from('new'), META, expected)).toMatchObject({ code: 'READ_ONLY' });
    expect(apply.remove('a' as RelPath, expected as never)).toMatchObject({ code: 'READ_ONLY' });
    expect(apply.putFolder('f' as RelPath, 0o755, undefined)).toMatchObject({ code: 'READ_ONLY' });
    expect(apply.setMeta('a' as RelPath, { mode: 0o700 }, expected as never)).toMatchObject({ code: 'READ_ONLY' });
  });

  describe.each(['exchange', 'link'] as const)('a mount inside the root, by %s', (method) => {
    test('is written beside the path, exact and without leftovers; the trash gets copies', async () => {
      using folder = tempFolder();
      const root = childPath(folder.path, 'root');
      using _ = mount(childPath(root, 'mount'), 'size=1m');
      const apply = applyOn(root, method === 'link' ? method : undefined);
      const at = childPath(root, A);
      const created = apply.putFile(A, Buffer.from('one'), META, undefined);
      expect(created).toMatchObject({ kind: 'done', stat: lstatOf(at) });
      const replaced = apply.putFile(A, Buffer.from('two'), META, lstatOf(at));
      expect(replaced).toMatchObject({ kind: 'done', stat: lstatOf(at) });
      const staged = apply.newStagePath();
      writeFileSync(staged, 'three');
      expect(apply.putFile(A, staged, META, lstatOf(at)).kind).toBe('done');
      expect(existsSync(staged)).toBe(false);
      expect(apply.remove(A, lstatOf(at) as never).kind).toBe('done');
      expect(apply.putSymlink(A, 'nowhere', META.mtimeNs, undefined).kind).toBe('done');
      expect(apply.remove(A, lstatOf(at) as never).kind).toBe('done');
      expect(readdirSync(childPath(root, 'mount'))).toEqual([]);
      expect(readdirSync(stageFolder(root))).toEqual([]);
      const kept = [...listTrash(root, A)].map(({ stored, sizeBytes }) =>
        existsSync(stored) ? readFileSync(stored, 'utf8') : sizeBytes,
      );
      expect(kept).toEqual([7, 'three', 'two', 'one']);
      await apply.close();
    });

    test('a crash there is recovered from by the intents', () => {
      using folder = tempFolder();
      const root = childPath(folder.path, 'root');
      using _ = mount(childPath(root, 'mount'), 'size=1m');
      const log = childPath(folder.path, 'log');
      const at = childPath(root, A);
      writeFileSync(at, 'old');
      const renames = probeRenames(stageFolder(root), method === 'link' ? { method } : {});
      const crash = new Error('crash');
      const dying = createApply({
        root,
        intents: openIntents(log),
        recheckMs: [],
        renames: {
          ...renames,
          // As `link` these serve everywhere, so that the crash does as well.
          method: 'link',
          exchange(mine, to) {
            // The first try fails by itself, as the stage is elsewhere; the second is cut off right after.
            renames.exchange(mine, to);
            throw crash;
          },
        },
      });
      expect(() => dying.putFile(A, Buffer.from('new'), META, lstatOf(at))).toThrow(crash);
      const recovery = recoverStage({ root, intents: readLeft(log), renames });
      expect(recovery.trashed.map(({ stored }) => readFileSync(stored, 'utf8'))).toEqual(['old']);
      expect(readFileSync(at, 'utf8')).toBe('new');
      expect(readdirSync(childPath(root, 'mount'))).toEqual(['a']);
    });
  });
});

// Only an unprivileged user is refused by mode bits; for root the immutable flag does it, where there is one.
const canFreeze = (() => {
  using folder = tempFolder();
  try {
    execFileSync('chattr', ['+i', folder.path], { stdio: 'ignore' });
    execFileSync('chattr', ['-i', folder.path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

test.skipIf(!canFreeze)('what may not be written is a problem and stays as it is', () => {
  using folder = tempFolder();
  const root = childPath(folder.path, 'root');
  mkdirSync(childPath(root, 'frozen'), { recursive: true });
  const at = childPath(root, 'frozen/a');
  writeFileSync(at, 'old');
  const apply = applyOn(root);
  const expected = lstatOf(at);
  execFileSync('chattr', ['+i', childPath(root, 'frozen')]);
  try {
    const a = 'frozen/a' as RelPath;
    expect(apply.putFile(a, Buffer.from('new'), META, expected)).toMatchObject({ code: 'PERMISSION' });
    expect(apply.remove(a, expected as never)).toMatchObject({ code: 'PERMISSION' });
    expect(apply.putFile('frozen/b' as RelPath, Buffer.from('new'), META, undefined)).toMatchObject({
      code: 'PERMISSION',
    });
    expect(readFileSync(at, 'utf8')).toBe('old');
    expect(readdirSync(stageFolder(root))).toEqual([]);
  } finally {
    execFileSync('chattr', ['-i', childPath(root, 'frozen')]);
  }
});

test.skipIf(process.getuid?.() !== 0)('a folder without write permission takes its files all the same', () => {
  using folder = tempFolder();
  const root = childPath(folder.path, 'root');
  mkdirSync(root);
  chmodSync(folder.path, 0o755);
  chownSync(root, 65_534, 65_534);
  writeFileSync(`${root}.intents`, '');
  chownSync(`${root}.intents`, 65_534, 65_534);
  process.seteuid?.(65_534);
  try {
    const apply = applyOn(root);
    const closed = apply.putFolder('closed' as RelPath, 0o555, undefined);
    const path = 'closed/a' as RelPath;
    const at = childPath(root, path);
    expect(apply.putFile(path, Buffer.from('one'), META, undefined).kind).toBe('done');
    expect(apply.putFile(path, Buffer.from('two'), META, lstatOf(at)).kind).toBe('done');
    expect(readFileSync(at, 'utf8')).toBe('two');
    expect(apply.remove(path, lstatOf(at) as never).kind).toBe('done');
    expect(lstatOf(childPath(root, 'closed'))?.mode).toBe(closed.kind === 'done' && closed.stat?.mode);
    process.seteuid?.(0);
    mkdirSync(childPath(root, 'foreign'));
    process.seteuid?.(65_534);
    const refused = apply.putFile('foreign/a' as RelPath, Buffer.from('x'), META, undefined);
    expect(refused).toMatchObject({ kind: 'problem', code: 'PERMISSION' });
    expect(readdirSync(stageFolder(root))).toEqual([]);
  } finally {
    process.seteuid?.(0);
  }
});

const canFold = (() => {
  if (!canMount) return false;
  using folder = tempFolder();
  try {
    using _ = mount(folder.path, 'size=64k,casefold');
    return true;
  } catch {
    return false;
  }
})();

// A tmpfs that folds names: Linux 6.13.
test.skipIf(!canFold)('names that fold into one are clashes, and a change of case is a move', () => {
  using folder = tempFolder();
  const root = childPath(folder.path, 'root');
  using _ = mount(root, 'size=1m,casefold');
  execFileSync('chattr', ['+F', root]);
  const apply = createApply({ root, renames: probeRenames(stageFolder(root)), namesFold: true, recheckMs: [] });
  const put = (path: string) => apply.putFile(path as RelPath, Buffer.from('x'), META, undefined);
  expect(put('README').kind).toBe('done');
  expect(put('README')).toEqual({ kind: 'changed' });
  expect(put('readme')).toMatchObject({ kind: 'problem', code: 'CASE_CLASH' });
  expect(apply.putFolder('Readme' as RelPath, 0o755, undefined)).toMatchObject({ code: 'CASE_CLASH' });
  expect(put('\u00e4').kind).toBe('done');
  expect(put('a\u0308')).toMatchObject({ code: 'UNICODE_CLASH' });
  const expected = lstatOf(childPath(root, 'README'));
  expect(apply.move('README' as RelPath, 'readme' as RelPath, expected as never).kind).toBe('done');
  expect(readdirSync(root).sort()).toEqual(['.dsync', 'readme', '\u00e4']);
});
