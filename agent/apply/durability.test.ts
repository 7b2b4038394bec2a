import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { childPath } from '../../platform/abs-path.ts';
import { createDurability } from './durability.ts';
import { tempFolder } from './fixtures/child.ts';

function setUp(manyPaths: number) {
  const folder = tempFolder();
  const at = childPath(folder.path, 'a');
  writeFileSync(at, 'x');
  mkdirSync(childPath(folder.path, 'folder'));
  const refusals: Error[] = [];
  let runs = 0;
  const before = (): Promise<void> => {
    runs++;
    const refusal = refusals.pop();
    return refusal === undefined ? Promise.resolve() : Promise.reject(refusal);
  };
  return {
    root: folder.path,
    at,
    durability: createDurability(folder.path, { before, manyPaths }),
    refuse: (error: Error) => refusals.push(error),
    runs: () => runs,
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

test.each([1, 100])('syncs what was touched, with %d paths as many', async (manyPaths) => {
  using it = setUp(manyPaths);
  it.durability.touched(it.root, it.at, false);
  it.durability.touched(childPath(it.root, 'folder'), childPath(it.root, 'folder/gone'), true);
  await it.durability.flush();
  expect(it.runs()).toBe(1);
});

test('nothing touched is nothing to do', async () => {
  using it = setUp(1);
  await it.durability.flush();
  expect(it.runs()).toBe(0);
});

test('calls during a group share the next one', async () => {
  using it = setUp(100);
  it.durability.touched(it.root, it.at, false);
  const first = it.durability.flush();
  await Promise.resolve();
  it.durability.touched(it.root, it.at, false);
  const others = [it.durability.flush(), it.durability.flush(), it.durability.flush()];
  expect(new Set(others).size).toBe(1);
  await Promise.all([first, ...others]);
  expect(it.runs()).toBe(2);
});

test('what the disk refused is tried again by the next call, not forgotten', async () => {
  using it = setUp(100);
  const refusal = new Error('EIO');
  it.refuse(refusal);
  it.durability.touched(it.root, it.at, false);
  await expect(it.durability.flush()).rejects.toBe(refusal);
  await it.durability.flush();
  await it.durability.flush();
  expect(it.runs()).toBe(2);
});
