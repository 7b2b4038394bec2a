import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { RelPath } from '../core/rel-path.ts';
import { createHasher, hashBuffer } from '../scan/hash.ts';
import { lstatPath } from '../scan/lstat.ts';
import { createLargeFiles } from './large-files.ts';
import { createProblems } from './problems.ts';

const FILES = 40;
const SIZE_BYTES = 2 << 20;
const LONG_BYTES = 1 << 30;

/** A folder of files whose hashing is counted. */
function largeScene() {
  const root = mkdtempSync(join(tmpdir(), 'dsync-large-')) as AbsPath;
  const paths = Array.from({ length: FILES }, (_, n) => `f${n}` as RelPath);
  for (const path of paths) writeFileSync(childPath(root, path), `content of ${path}`);
  const stopping = new AbortController();
  const hashByPath = new Map<RelPath, string>();
  const again: RelPath[] = [];
  /** In this order. */
  const begunPaths: RelPath[] = [];
  let [over, most] = [0, 0];
  const large = createLargeFiles({
    root,
    problems: createProblems(() => undefined),
    hasherFor(path) {
      begunPaths.push(path);
      most = Math.max(most, begunPaths.length - hashByPath.size);
      return createHasher;
    },
    lookUp: (path) => lstatPath(childPath(root, path)),
    onKnown: (path, hash) => hashByPath.set(path, hash),
    lookAgain: (path) => again.push(path),
    onHashed: () => over++,
    signal: stopping.signal,
  });
  return {
    root,
    paths,
    large,
    hashByPath,
    again,
    stopping,
    begunPaths,
    counts: () => ({ over, most }),
    [Symbol.dispose]() {
      stopping.abort();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

test('many large files are hashed a few at a time, each once', async () => {
  using scene = largeScene();
  const all = [...scene.paths, ...scene.paths].map((path) => scene.large.hash(path, SIZE_BYTES));
  expect(scene.large.hashing).toBe(FILES);
  await Promise.all(all);
  expect(scene.large.hashing).toBe(0);
  expect(scene.hashByPath).toEqual(new Map(scene.paths.map((path) => [path, hashBuffer(`content of ${path}`)])));
  const { over, most } = scene.counts();
  expect([scene.begunPaths.length, over]).toEqual([FILES, FILES]);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(4);
});

test('what was saved last comes first of those that wait, and files that take long keep none waiting that do not', async () => {
  using scene = largeScene();
  const last = 'last' as RelPath;
  writeFileSync(childPath(scene.root, last), 'saved while all others wait');
  // The first of them are under way when it comes.
  const long = scene.paths.slice(0, 10).map((path) => scene.large.hash(path, LONG_BYTES));
  const short = scene.paths.slice(10).map((path) => scene.large.hash(path, SIZE_BYTES));
  await Promise.all([...long, ...short, scene.large.hash(last, SIZE_BYTES)]);
  const begun = (of: readonly RelPath[]) => scene.begunPaths.filter((path) => of.includes(path));
  expect(begun(scene.paths.slice(0, 10)).slice(0, 3)).toEqual(['f0', 'f1', 'f9']);
  expect(begun([...scene.paths.slice(10), last]).slice(0, 5)).toEqual(['f10', 'f11', 'f12', 'f13', last]);
});

test('those that wait are let go when the root closes', async () => {
  using scene = largeScene();
  const all = scene.paths.map((path) => scene.large.hash(path, SIZE_BYTES));
  scene.stopping.abort();
  await Promise.all(all);
  expect([scene.hashByPath.size, scene.large.hashing, scene.again]).toEqual([0, 0, []]);
});

test('what is gone when its turn comes is looked at again, not recorded', async () => {
  using scene = largeScene();
  const [first] = scene.paths;
  if (first === undefined) throw new Error('no files');
  const hashing = scene.large.hash(first, SIZE_BYTES);
  rmSync(childPath(scene.root, first));
  await hashing;
  expect([scene.hashByPath.size, scene.again]).toEqual([0, [first]]);
});
