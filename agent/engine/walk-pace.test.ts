import { expect, test } from 'vitest';
import { createWalkPace } from './walk-pace.ts';

const FAR = { entries: 100_000, ackedAtMs: 1000 };

test.each([
  ['little waits', { entries: 10, ackedAtMs: 1000 }],
  ['nothing was ever acknowledged', { entries: 100_000, ackedAtMs: undefined }],
  ['the link is slow', { entries: 100_000, ackedAtMs: 500 }],
])('a walk goes on where %s', (_, ahead) => {
  const pace = createWalkPace(() => ahead);
  pace.worked(50);
  expect(pace.rests(1000)).toBe(false);
});

test('a walk rests for as long as it has worked, and not longer', () => {
  const pace = createWalkPace(() => FAR);
  expect(pace.rests(1000)).toBe(false);
  pace.worked(8);
  expect(pace.rests(1008)).toBe(true);
  expect(pace.rests(1012)).toBe(true);
  expect(pace.rests(1017)).toBe(false);
  pace.worked(8);
  expect(pace.rests(1025)).toBe(true);
});

test('time between two rests is not rest', () => {
  let ahead = FAR;
  const pace = createWalkPace(() => ahead);
  pace.worked(8);
  expect(pace.rests(1000)).toBe(true);
  ahead = { ...FAR, entries: 0 };
  expect(pace.rests(1004)).toBe(false);
  ahead = FAR;
  expect(pace.rests(1060)).toBe(true);
  expect(pace.rests(1065)).toBe(false);
});
