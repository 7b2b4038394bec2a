import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Place, temporaryPlace } from '../../platform/fixtures/temporary-place.ts';
import { type WalkOptions, walkForProjects } from './walk.ts';

function plant(place: Place, paths: readonly string[]): void {
  for (const path of paths) path.endsWith('/') ? place.folder(`code/${path}`) : place.write(`code/${path}`, '');
}

async function rootsIn(place: Place, options: WalkOptions = {}): Promise<string[]> {
  const start = place.folder('code');
  const { roots } = await walkForProjects([start], options);
  return roots.map(({ path }) => path.slice(start.length + 1)).sort();
}

describe('finds', () => {
  test.each<[string, string[], string[]]>([
    ['manifests and repositories', ['a/package.json', 'b/.git/HEAD', 'c/x.csproj', 'd/readme'], ['a', 'b', 'c']],
    ['what lies deeper', ['x/y/z/go.mod'], ['x/y/z']],
    ['nothing below a project', ['a/go.mod', 'a/sub/package.json'], ['a']],
    ['a worktree, whose .git is a file', ['w/.git'], ['w']],
    [
      'nothing in installed packages, caches and hidden folders',
      ['node_modules/a/package.json', '.x/go.mod', 'target/Cargo.toml'],
      [],
    ],
    ['nothing in a tool’s cache', ['c/CACHEDIR.TAG', 'c/x/go.mod'], []],
    ['a Makefile alone', ['a/Makefile'], ['a']],
    ['projects beside a Makefile, and not the folder', ['Makefile', 'a/go.mod', 'b/Makefile'], ['a', 'b']],
    ['one project, where runners lie in runners', ['a/Makefile', 'a/docker/compose.yaml'], ['a']],
    ['names with line breaks', ['a\nb/go.mod'], ['a\nb']],
  ])('%s', async (_, paths, expected) => {
    using place = temporaryPlace();
    plant(place, paths);
    expect(await rootsIn(place)).toEqual(expected);
  });

  test('no deeper than it is told, and not in what is excluded', async () => {
    using place = temporaryPlace();
    plant(place, ['a/b/go.mod', 'old/x/go.mod', 'c/go.mod']);
    expect(await rootsIn(place, { maxDepth: 1 })).toEqual(['c']);
    expect(await rootsIn(place, { exclude: ['old'] })).toEqual(['a/b', 'c']);
  });
});

test('loops of symlinks have no end and are not followed', async () => {
  using place = temporaryPlace();
  plant(place, ['a/go.mod', 'x/']);
  symlinkSync('..', place.path('code/x/up'));
  symlinkSync('loop', place.path('code/loop'));
  symlinkSync(place.path('code/a'), place.path('code/also-a'));
  expect(await rootsIn(place)).toEqual(['a']);
});

test.skipIf(process.getuid?.() === 0)('a folder that cannot be read is told of, and the rest is found', async () => {
  using place = temporaryPlace();
  plant(place, ['a/go.mod', 'shut/x/go.mod']);
  chmodSync(place.path('code/shut'), 0);
  const { roots, unreadable } = await walkForProjects([place.path('code')]);
  chmodSync(place.path('code/shut'), 0o700);
  expect(roots).toHaveLength(1);
  expect(unreadable).toEqual([{ path: place.path('code/shut'), code: 'EACCES' }]);
});

test('a folder that is not there is told of', async () => {
  using place = temporaryPlace();
  const { roots, unreadable } = await walkForProjects([place.path('gone')]);
  expect({ roots, unreadable }).toEqual({ roots: [], unreadable: [{ path: place.path('gone'), code: 'ENOENT' }] });
});

test('out of time it returns what it has, and says so; an abort ends it', async () => {
  using place = temporaryPlace();
  for (let i = 0; i < 50; i++) mkdirSync(place.path(`code/${i}/a/b`), { recursive: true });
  expect(await walkForProjects([place.path('code')], { budgetMs: -1 })).toMatchObject({ complete: false });
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(walkForProjects([place.path('code')], { signal })).rejects.toThrow('enough');
});
