import { expect, test } from 'vitest';
import type { RelPath } from '../core/rel-path.ts';
import { createLoneness } from './loneness.ts';

const saves = (isLone: ReturnType<typeof createLoneness>, count: number, folder: string, nowMs: number) =>
  Array.from({ length: count }, (_, n) => isLone(`${folder}${n}` as RelPath, nowMs));

test('a few saves are alone, what follows them at once is a flood', () => {
  expect(saves(createLoneness(), 6, 'a/', 1000)).toEqual([true, true, true, true, false, false]);
});

test('a flood in one folder leaves a save in another alone, the root among them', () => {
  const isLone = createLoneness();
  saves(isLone, 50, 'a/', 1000);
  expect(isLone('b/x' as RelPath, 1001)).toBe(true);
  expect(isLone('x' as RelPath, 1001)).toBe(true);
  expect(isLone('a/sub/x' as RelPath, 1001)).toBe(true);
});

test('a flood is forgotten after a moment', () => {
  const isLone = createLoneness();
  saves(isLone, 50, 'a/', 1000);
  expect(isLone('a/x' as RelPath, 1100)).toBe(false);
  expect(isLone('a/x' as RelPath, 1101)).toBe(true);
});
