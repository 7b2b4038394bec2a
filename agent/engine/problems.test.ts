import { expect, test } from 'vitest';
import type { Problem } from '../control/api.ts';
import { createProblems } from './problems.ts';

const unreadable = { path: 'a', code: 'UNREADABLE', cause: 'permission denied', cure: 'chmod +r a' };

test('a problem is told of once, until it is another', () => {
  const told: Problem[] = [];
  const problems = createProblems((problem) => told.push(problem));
  problems.report(unreadable);
  problems.report(unreadable);
  expect(told).toMatchObject([unreadable]);
  problems.report({ ...unreadable, cause: 'disk error' });
  expect(told.map(({ cause }) => cause)).toEqual(['permission denied', 'disk error']);
  expect(problems.size).toBe(1);
  expect(problems.list()).toMatchObject([{ path: 'a', cause: 'disk error', at: expect.any(Number) }]);
});

test('a problem that is over is not listed, and is told of when it comes back', () => {
  const told: Problem[] = [];
  const problems = createProblems((problem) => told.push(problem));
  problems.report(unreadable);
  problems.clear('a');
  problems.clear('never');
  expect([problems.size, problems.list()]).toEqual([0, []]);
  problems.report(unreadable);
  expect(told).toHaveLength(2);
});
