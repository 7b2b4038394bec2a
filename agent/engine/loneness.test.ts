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

test('a flood is forgotten after a moment', () => {
  const isLone = createLoneness();
  saves(isLone, 50, 'a/', 1000);
  expect(isLone(at('a/x'), 1100)).toBe(false);
  expect(isLone(at('a/x'), 1101)).toBe(true);
});

test('what fills a new folder is no save, until the folder is a little older', () => {
  const isLone = createLoneness();
  expect(isLone(at('a', 'folder'), 1000)).toBe(true);
  expect(isLone(at('a/x'), 1001)).toBe(false);
  expect(isLone(at('b/x'), 1001)).toBe(true);
  expect(isLone(at('a/y'), 1900)).toBe(false);
  expect(isLone(at('b/y'), 3100)).toBe(true);
  expect(isLone(at('a/z'), 4200)).toBe(true);
});
