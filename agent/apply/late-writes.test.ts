import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { RelPath } from '../core/rel-path.ts';
import { lstatOf } from './disk-stat.ts';
import { tempFolder } from './fixtures/child.ts';
import { createLateWrites } from './late-writes.ts';

const PATH = 'a' as RelPath;

function trashed(at: AbsPath) {
  writeFileSync(at, 'old');
  const stat = lstatOf(at);
  if (stat === undefined) throw new Error('not written');
  return stat;
}

test('a writer that does not stop is reported each time it is seen', async () => {
  using folder = tempFolder();
  const at = childPath(folder.path, 'trashed');
  const late = createLateWrites([1, 2]);
  let count = 0;
  const seen = new Promise<void>((resolve) => {
    late.listen(() => {
      count++;
      if (count < 4) appendFileSync(at, 'more');
      else resolve();
    });
  });
  late.watch(PATH, at, trashed(at));
  appendFileSync(at, 'more');
  await seen;
  late.close();
  expect(count).toBe(4);
});

test('closing looks at once, tells of what changed, and of nothing else', () => {
  using folder = tempFolder();
  const at = (name: string): AbsPath => childPath(folder.path, name);
  const [changed, same, gone, other] = [at('changed'), at('same'), at('gone'), at('other')];
  const late = createLateWrites();
  const told: AbsPath[] = [];
  late.listen((_path, at) => told.push(at));
  for (const each of [changed, same, gone, other]) late.watch(PATH, each, trashed(each));
  appendFileSync(changed, 'more');
  rmSync(gone);
  writeFileSync(at('new'), 'another file of that name');
  renameSync(at('new'), other);
  late.close();
  expect(told).toEqual([changed]);
});
