import { expect, test } from 'vitest';
import type { RelPath } from '../core/rel-path.ts';
import { createLoneness } from './loneness.ts';

const at = (path: string, kind: 'file' | 'folder' = 'file') => ({ path: path as RelPath, kind });
const saves = (isLone: ReturnType<typeof createLoneness>, count: number, folder: string, nowMs: number) =>
  Array.from({ length: count }, (_, n) => isLone(at(`${folder}${n}`), nowMs));

test('a few saves are alone, what follows them at once is a flood', () => {
  expect(saves(createLoneness(), 6, 'a/', 1000)).toEqual([true, true, true, true, false, false]);
});

test('a flood in one folder leaves a save in another alone, the root among them', () => {
  const isLone = createLoneness();
  saves(isLone, 50, 'a/', 1000);
  expect(isLone(at('b/x'), 1001)).toBe(true);
  expect(isLone(at('x'), 1001)).toBe(true);
  expect(isLone(at('a/sub/x'), 1001)).toBe(true);
});

test('a few files in each of many folders are a flood', () => {
  const isLone = createLoneness();
  const alone = Array.from({ length: 100 }, (_, n) => saves(isLone, 3, `${n}/`, 1000)).flat();
  expect(alone.filter(Boolean)).toHaveLength(64);
  expect(isLone(at('another/x'), 1100)).toBe(false);
  expect(isLone(at('another/x'), 1101)).toBe(true);
});

test('a flood is forgotten after a moment', () => {
  const isLone = createLoneness();
  saves(isLone, 50, 'a/', 1000);
  expect(isLone(at('a/x'), 1100)).toBe(false);
  expect(isLone(at('a/x'), 1101)).toBe(true);
});

test('what fills a new folder is no save, however slowly and wherever else it goes meanwhile, until there is a pause', () => {
  const isLone = createLoneness();
  for (const folder of ['a', 'b']) expect(isLone(at(folder, 'folder'), 1000)).toBe(true);
  for (let n = 0; n < 20; n++) {
    expect(isLone(at(`a/${n}`), 1500 + 500 * n)).toBe(false);
    expect(isLone(at(`old/${n % 3}`), 1600 + 500 * n)).toBe(true);
  }
  expect(isLone(at('b/x'), 11_500)).toBe(true);
  expect(isLone(at('a/x'), 12_001)).toBe(true);
});
