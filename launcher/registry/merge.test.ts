import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Registry } from '../core/registry-schema.ts';
import { checkNameIsFree, countUse, removeProject, uncountUse } from './edit-project.ts';
import { project } from './fixtures/project.ts';
import { type Found, mergeFound } from './merge-found.ts';
import { mergeRegistries } from './merge-registries.ts';

const NOW = 1_700_000_000_000;
const DAY = 24 * 3_600_000;
const registry = (...projects: Registry['projects']): Registry => ({ version: 1, projects });
const found = (path: string, parts: Partial<Found> = {}): Found => ({
  path,
  remote: undefined,
  kinds: ['node'],
  members: [],
  usual: 'npm run dev',
  ...parts,
});
const here = { host: 'A', nowMs: NOW, isGone: () => false };

describe('what a discovery found', () => {
  test('is new, and then as it was', () => {
    const first = mergeFound(registry(), [found('/code/web', { remote: 'github.com/acme/web' })], here);
    expect(first.projects).toMatchObject([
      { id: 'github.com/acme/web', name: 'web', locations: { A: { path: '/code/web' } } },
    ]);
    expect(mergeFound(first, [found('/code/web', { remote: 'github.com/acme/web' })], here)).toBe(first);
  });

  test('another path of the same remote on another host is the same project', () => {
    const onB = registry(project('shop', { id: 'github.com/acme/web', locations: { B: { path: '/srv/web' } } }));
    const { projects } = mergeFound(onB, [found('/code/web', { remote: 'github.com/acme/web' })], here);
    expect(projects).toMatchObject([
      { name: 'shop', locations: { A: { path: '/code/web' }, B: { path: '/srv/web' } } },
    ]);
  });

  test('a second clone on one host is a project of its own', () => {
    const both = [found('/code/web', { remote: 'h/r' }), found('/code/web-fix', { remote: 'h/r' })];
    expect(mergeFound(registry(), both, here).projects.map(({ id }) => id)).toEqual(['h/r', 'h/r@web-fix']);
  });

  test('a clone that was moved is still the project', () => {
    const before = mergeFound(registry(), [found('/old/web', { remote: 'h/r' })], here);
    const gone = mergeFound(before, [], { ...here, isGone: () => true });
    const { projects } = mergeFound(gone, [found('/new/web', { remote: 'h/r' })], { ...here, isGone: () => true });
    expect(projects).toMatchObject([{ id: 'h/r', locations: { A: { path: '/new/web' } } }]);
    expect(projects[0]?.locations.A?.missingSince).toBeUndefined();
  });

  test('what is gone stays as missing for a month, comes back, and is dropped afterwards', () => {
    const isGone = () => true;
    const before = registry(project('a'));
    const missing = mergeFound(before, [], { ...here, isGone });
    expect(missing.projects[0]?.locations.A?.missingSince).toBe(NOW);
    expect(mergeFound(missing, [found('/code/a')], here).projects[0]?.locations.A).toEqual({ path: '/code/a' });
    expect(mergeFound(missing, [], { ...here, isGone, nowMs: NOW + 29 * DAY }).projects).toHaveLength(1);
    expect(mergeFound(missing, [], { ...here, isGone, nowMs: NOW + 31 * DAY }).projects).toEqual([]);
  });

  test('what a person said stays', () => {
    const mine = project('mine', { tags: ['t'], notes: 'n', command: 'test', locations: { A: { path: '/code/x' } } });
    const { projects } = mergeFound(registry(mine), [found('/code/x')], here);
    expect(projects[0]).toMatchObject({ name: 'mine', tags: ['t'], notes: 'n', command: 'test', kinds: ['node'] });
  });
});

describe('two registries as one', () => {
  const use = fc.dictionary(
    fc.constantFrom('A', 'B', 'C'),
    fc.record({ rank: fc.integer({ min: 0, max: 99 }), last: fc.integer({ min: 0, max: NOW }) }),
    { noNullPrototype: true },
  );
  const any = fc.uniqueArray(
    fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), use }).map((parts) => project(parts.id, parts)),
    { selector: ({ id }) => id },
  );
  const usesOf = ({ projects }: Registry) => Object.fromEntries(projects.map((one) => [one.id, one.use]));

  test('counters are the same in whatever order they meet, and no project is lost', () => {
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        const [x, y, z] = [registry(...a), registry(...b), registry(...c)];
        expect(usesOf(mergeRegistries(x, y))).toEqual(usesOf(mergeRegistries(y, x)));
        expect(usesOf(mergeRegistries(mergeRegistries(x, y), z))).toEqual(
          usesOf(mergeRegistries(x, mergeRegistries(y, z))),
        );
        expect(usesOf(mergeRegistries(x, x))).toEqual(usesOf(x));
      }),
    );
  });

  test('paths of all hosts, our name, all aliases', () => {
    const ours = project('web', { id: 'r', aliases: ['w'], locations: { A: { path: '/a' } } });
    const theirs = project('shop', { id: 'r', aliases: ['s'], notes: 'n', locations: { B: { path: '/b' } } });
    expect(mergeRegistries(registry(ours), registry(theirs)).projects).toMatchObject([
      { name: 'web', aliases: ['w', 's'], notes: 'n', locations: { A: { path: '/a' }, B: { path: '/b' } } },
    ]);
  });
});

describe('edits', () => {
  const before = registry(project('a', { aliases: ['x'] }), project('b'), project('m', { parent: 'A:/code/a' }));

  test('a launch counts here, and can be taken back', () => {
    const counted = countUse(before, 'A:/code/b', { host: 'A', nowMs: NOW, command: 'dev' });
    expect(counted.projects[1]?.use).toEqual({ A: { rank: 1, last: NOW, command: 'dev' } });
    expect(uncountUse(counted, 'A:/code/b', 'A').projects[1]?.use.A?.rank).toBe(0);
  });

  test('a name or alias is one project’s', () => {
    expect(() => checkNameIsFree(before, 'X', 'A:/code/b')).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
    expect(() => checkNameIsFree(before, 'X', 'A:/code/a')).not.toThrow();
  });

  test('members go with their workspace', () => {
    expect(removeProject(before, 'A:/code/a').projects.map(({ name }) => name)).toEqual(['b']);
  });
});
