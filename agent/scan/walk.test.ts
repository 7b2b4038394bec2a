import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { compareRelPaths, type RelPath } from '../core/rel-path.ts';
import { readFolder } from './read-folder.ts';
import { type Walked, type WalkOptions, walk } from './walk.ts';

let root: AbsPath;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dsync-walk-')) as AbsPath;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const path = (text: string) => text as RelPath;
const nothing = () => false;

function make(...files: string[]): void {
  for (const file of files) {
    mkdirSync(file.endsWith('/') ? join(root, file) : dirname(join(root, file)), { recursive: true });
    if (!file.endsWith('/')) writeFileSync(join(root, file), file);
  }
}

function show(walked: Walked): string {
  if (walked.kind === 'problem') return `${walked.code} ${walked.shownPath}${walked.hidesBelow ? ' …' : ''}`;
  return `${walked.kind} ${walked.path}`;
}

function walked(options: Partial<WalkOptions> = {}): string[] {
  return [...walk(root, { ignores: nothing, ...options })].map(show);
}

describe('walk()', () => {
  test('yields every path once, a folder right before what is in it', () => {
    make('b/c.ts', 'b/a/x', 'a.txt', 'a/y', 'empty/');
    symlinkSync('nowhere', join(root, 'link'));
    expect(walked()).toEqual([
      'folder a',
      'file a/y',
      'file a.txt',
      'folder b',
      'folder b/a',
      'file b/a/x',
      'file b/c.ts',
      'folder empty',
      'symlink link',
    ]);
  });

  test('a file that is about to be read is told as its folder lists it, and all else is looked at', () => {
    make('a/x', 'a/y', 'deep/z');
    symlinkSync('a/x', join(root, 'link'));
    const asked: string[] = [];
    const isRead = (file: RelPath) => asked.push(file) > 0 && !file.endsWith('y');
    const all = [...walk(root, { ignores: (file) => file === 'deep/z', isRead })];
    expect(all.map(({ kind, path: at }) => `${kind} ${at}`)).toEqual([
      'folder a',
      'listed a/x',
      'file a/y',
      'folder deep',
      'symlink link',
    ]);
    expect(asked).toEqual(['a/x', 'a/y']);
  });

  test('goes in the order of the index, whatever the names', () => {
    const name = fc
      .array(fc.constantFrom('a', 'b', 'é', '!', '-', '.a', '\u{1f600}', '\uffee', '\u{e000}', 'Z', ' '), {
        minLength: 1,
        maxLength: 3,
      })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, name), { maxLength: 12 }), (pairs) => {
        const top = childPath(root, 'tree');
        mkdirSync(top);
        try {
          for (const [folder, file] of pairs) {
            mkdirSync(join(top, `${folder}d`), { recursive: true });
            writeFileSync(join(top, `${folder}d`, file), '');
            writeFileSync(join(top, `${folder}d${file}`), '');
          }
          const paths = [...walk(top, { ignores: nothing })].flatMap((one) => one.path ?? []);
          expect(paths).toEqual([...paths].sort(compareRelPaths));
          expect(new Set(paths).size).toBe(paths.length);
        } finally {
          rmSync(top, { recursive: true });
        }
      }),
      { numRuns: 40 },
    );
  });

  test('neither yields, enters nor looks at what is ignored', () => {
    make('a/x', 'node_modules/b/c', 'keep');
    const entered: (string | undefined)[] = [];
    const ignores = (one: RelPath, isFolder: boolean) => isFolder && one === 'node_modules';
    expect(walked({ ignores, enter: (folder) => entered.push(folder) })).toEqual(['folder a', 'file a/x', 'file keep']);
    expect(entered).toEqual([undefined, 'a']);
  });

  test('enters a folder before it reads it', () => {
    make('a/x');
    expect(walked({ enter: (folder) => folder === 'a' && make('a/made-meanwhile') })).toContain(
      'file a/made-meanwhile',
    );
  });

  test('from a path, yields it and what is below it', () => {
    make('a/b/c', 'a/d', 'ab', 'f');
    expect(walked({ from: path('a/b') })).toEqual(['folder a/b', 'file a/b/c']);
    expect(walked({ from: path('f') })).toEqual(['file f']);
    expect(walked({ from: path('gone') })).toEqual([]);
    expect(walked({ from: path('f/x') })).toEqual([]);
    expect(walked({ from: path('a'), ignores: (one) => one === 'a' })).toEqual([]);
  });

  test('tells what is in a folder before it asks whether a name in it is ignored', () => {
    make('a/.rules', 'a/skip', 'a/keep', 'b/skip');
    const ruled = new Set<string | undefined>();
    const options: Partial<WalkOptions> = {
      listed: (folder, entries) => entries.some(({ name }) => name === '.rules') && ruled.add(folder),
      ignores: (one) => ruled.has(one.slice(0, one.lastIndexOf('/'))) && one.endsWith('/skip'),
    };
    expect(walked(options)).toEqual(['folder a', 'file a/.rules', 'file a/keep', 'folder b', 'file b/skip']);
  });

  test('does not follow a symlink to a folder', () => {
    make('real/x');
    symlinkSync('real', join(root, 'link'));
    expect(walked()).toEqual(['symlink link', 'folder real', 'file real/x']);
    expect(walked({ from: path('link/x') })).toEqual([]);
  });

  test('a folder that vanishes on the way is as if it had been empty', () => {
    make('a/b/c');
    expect(walked({ enter: (folder) => folder === 'a/b' && rmSync(join(root, 'a/b'), { recursive: true }) })).toEqual([
      'folder a',
      'folder a/b',
    ]);
  });

  test('a root that is gone hides everything, and is not an empty one', () => {
    renameSync(root, `${root}.away`);
    try {
      const all = [...walk(root, { ignores: nothing })];
      expect(all).toMatchObject([{ kind: 'problem', path: undefined, hidesBelow: true }]);
    } finally {
      renameSync(`${root}.away`, root);
    }
  });

  test.skipIf(process.getuid?.() === 0)('a folder that may not be read hides what is below it', () => {
    make('a/b', 'c');
    chmodSync(join(root, 'a'), 0o300);
    expect(walked()).toEqual(['folder a', 'PERMISSION a …', 'file c']);
    chmodSync(join(root, 'a'), 0o700);
  });

  test.runIf(process.platform === 'linux')('names that are no UTF-8 are problems, and the rest goes on', () => {
    make('d/a', 'd/z');
    writeFileSync(Buffer.concat([Buffer.from(`${root}/d/m`), Buffer.from([0xff, 0xc3])]), '');
    expect(walked()).toEqual(['folder d', 'NAME_INVALID d/m\\xff\\xc3', 'file d/a', 'file d/z']);
    expect(readFolder(childPath(root, 'd')).entries.map(({ name }) => name)).toEqual(['a', 'z']);
  });

  test('stops with the reason of the signal', () => {
    make('a/b');
    const controller = new AbortController();
    const walking = walk(root, { ignores: nothing, signal: controller.signal });
    walking.next();
    controller.abort(new Error('enough'));
    expect(() => [...walking]).toThrow('enough');
  });
});
