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

/** A folder of files whose hashing is counted. */
function largeScene() {
  const root = mkdtempSync(join(tmpdir(), 'dsync-large-')) as AbsPath;
  const paths = Array.from({ length: FILES }, (_, n) => `f${n}` as RelPath);
  for (const path of paths) writeFileSync(childPath(root, path), `content of ${path}`);
  const stopping = new AbortController();
  const hashByPath = new Map<RelPath, string>();
  const again: RelPath[] = [];
  let [begun, over, most] = [0, 0, 0];
  const large = createLargeFiles({
    root,
    problems: createProblems(() => undefined),
    hasherFor: () => () => {
      begun++;
      most = Math.max(most, begun - over);
      return createHasher();
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
    counts: () => ({ begun, over, most }),
    [Symbol.dispose]() {
      stopping.abort();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

test('many large files are hashed a few at a time, each once', async () => {
  using scene = largeScene();
  const all = [...scene.paths, ...scene.paths].map((path) => scene.large.hash(path));
  expect(scene.large.hashing).toBe(FILES);
  await Promise.all(all);
  expect(scene.large.hashing).toBe(0);
  expect(scene.hashByPath).toEqual(new Map(scene.paths.map((path) => [path, hashBuffer(`content of ${path}`)])));
  const { begun, over, most } = scene.counts();
  expect([begun, over]).toEqual([FILES, FILES]);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(4);
});

test('those that wait are let go when the root closes', async () => {
  using scene = largeScene();
  const all = scene.paths.map((path) => scene.large.hash(path));
  scene.stopping.abort();
  await Promise.all(all);
  expect([scene.hashByPath.size, scene.large.hashing, scene.again]).toEqual([0, 0, []]);
});

test('what was replaced while it waited or was hashed is looked at again, not recorded', async () => {
  using scene = largeScene();
  const [first] = scene.paths;
  if (first === undefined) throw new Error('no files');
  const hashing = scene.large.hash(first);
  writeFileSync(childPath(scene.root, first), 'replaced by something longer');
  rmSync(childPath(scene.root, first));
  await hashing;
  expect([scene.hashByPath.size, scene.again]).toEqual([0, [first]]);
});
