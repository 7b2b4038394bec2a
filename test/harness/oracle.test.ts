import { cpSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { judge } from './oracle.ts';
import { createRandom } from './random.ts';
import { formatSave, parseSaves } from './saves.ts';
import { createScratch } from './scratch.ts';
import { writeTree } from './tree.ts';
import { createWriter } from './writer.ts';

/** One host works, the other is given a perfect copy. */
function createWorld(steps: number) {
  const scratch = createScratch('oracle');
  const [a, b] = (['a', 'b'] as const).map((host, seed) => {
    writeTree(join(scratch.path, host), { 'one/.keep': formatSave(`start`, 0) });
    const root = join(scratch.path, host);
    return createWriter({ host, root, bin: join(scratch.path, `bin-${host}`), random: createRandom(seed) });
  });
  if (a === undefined || b === undefined) throw new Error('two writers');
  for (let i = 0; i < steps; i++) a.step();
  cpSync(a.root, b.root, { recursive: true, preserveTimestamps: false });
  const mirror = () => {
    rmSync(b.root, { recursive: true });
    cpSync(a.root, b.root, { recursive: true, preserveTimestamps: true });
  };
  return { a, b, mirror, [Symbol.dispose]: () => scratch[Symbol.dispose]() };
}

const ignoringTimes = (faults: readonly string[]) => faults.filter((fault) => !fault.startsWith('the hosts differ'));

test('a perfect copy is found right, whatever the user did', () => {
  using world = createWorld(400);
  const { faults, counts } = judge([world.a, world.b]);
  expect(ignoringTimes(faults)).toEqual([]);
  expect(counts.saved).toBe(world.a.saved.size);
  expect(counts.live).toBeGreaterThan(10);
  expect(counts.replaced).toBeGreaterThan(10);
});

test('a save that vanished is found lost, one in the trash or in a conflict copy is not', () => {
  using world = createWorld(50);
  const { a, b } = world;
  const [path = ''] = a.own.keys();
  const [token = ''] = a.own.get(path) ?? [];
  writeTree(a.root, { '.dsync/local/trash/now/keep': '' });
  renameSync(join(a.root, path), join(a.root, '.dsync/local/trash/now/file'));
  rmSync(join(b.root, path));
  expect(judge([a, b]).faults.filter((fault) => fault.startsWith('lost'))).toEqual([]);
  expect(judge([a, b]).faults).toContainEqual(expect.stringContaining(`${path} on b: found nothing`));
  rmSync(join(a.root, '.dsync/local/trash/now/file'));
  expect(judge([a, b]).faults).toContain(`lost: ${token}`);
  writeTree(b.root, { '.dsync/conflicts/x': formatSave(token, 10) });
  expect(judge([a, b]).faults).not.toContain(`lost: ${token}`);
});

test('torn files, temporary files and unequal hosts are found', () => {
  using world = createWorld(50);
  const { a, b } = world;
  writeFileSync(join(a.root, 'one/torn'), 'save a-1 100\n...');
  writeTree(b.root, { '.dsync/local/stage/part-1': '', 'one/.dsync-tmp-1': '' });
  const { faults } = judge([a, b]);
  for (const kind of ['torn on a', 'left behind on b', 'the hosts differ']) {
    expect(faults).toContainEqual(expect.stringContaining(kind));
  }
});

test.each([
  ['one', formatSave('a-1', 5), ['a-1'], false],
  ['two', formatSave('a-1', 0) + formatSave('b-2', 3), ['a-1', 'b-2'], false],
  ['cut', formatSave('a-1', 5) + formatSave('b-2', 300).slice(0, 50), ['a-1'], true],
  ['a save appended to a part', formatSave('a-1', 300).slice(0, 50) + formatSave('b-2', 3), ['b-2'], false],
  ['zeroes', '\0'.repeat(100), [], true],
  ['nothing', '', [], true],
])('a file with %s is parsed', (_, content, tokens, torn) => {
  expect(parseSaves(content)).toEqual({ tokens, torn });
});
