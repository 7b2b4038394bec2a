import { expect, test } from 'vitest';
import { project } from '../registry/fixtures/project.ts';
import { findProject } from './find-project.ts';
import { rankProjects } from './rank-projects.ts';

const NOW = 1_700_000_000_000;
const asking = { host: 'A', nowMs: NOW };
const used = (rank: number) => ({ A: { rank, last: NOW } });

test('quality of the match comes before use; among alike ones use counts, on all hosts together', () => {
  const projects = [
    project('audiobooks', { use: used(50) }),
    project('books', {}),
    project('bookshelf', { use: { A: { rank: 1, last: NOW }, B: { rank: 5, last: NOW } } }),
    project('bookkeeper', { use: used(2) }),
  ];
  const names = rankProjects(projects, 'books', asking).map((one) => one.project.name);
  expect(names).toEqual(['books', 'bookshelf', 'audiobooks']);
  expect(rankProjects(projects, '', asking).map((one) => one.project.name)).toEqual([
    'audiobooks',
    'bookshelf',
    'bookkeeper',
    'books',
  ]);
});

test('an id or a path is exact; of two that are called alike, the used one is meant, else neither', () => {
  const [first, second] = [project('app', { id: 'x/app' }), project('app', { id: 'y/app' })];
  const registry = { version: 1 as const, projects: [first, second] };
  expect(findProject(registry, 'y/app', asking)).toBe(second);
  expect(() => findProject(registry, 'app', asking)).toThrow(expect.objectContaining({ code: 'PROJECT_AMBIGUOUS' }));
  const chosen = { ...second, use: used(1) };
  expect(findProject({ version: 1, projects: [first, chosen] }, 'app', asking)).toBe(chosen);
  expect(() => findProject(registry, 'zebra', asking)).toThrow(expect.objectContaining({ code: 'PROJECT_UNKNOWN' }));
});
