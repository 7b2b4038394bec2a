import { describe, expect, test } from 'vitest';
import { snapshotWith } from '../snapshot/fixtures/snapshot.ts';
import { type Finding, findObstacles, type Preflight } from './preflight.ts';
import type { HostFacts } from './steps.ts';

const HOUR_MS = 3_600_000;

type RootFacts = HostFacts['roots'][number];

function facts(name: string, roots: readonly Partial<RootFacts>[] = [{}], version = '1.0.0'): HostFacts {
  return {
    ...{ hostId: `id-${name}`, hostName: name, version, machine: name, nowMs: 0, hasAgent: true },
    roots: roots.map((root) => ({
      ...{ id: 'code', name: 'code', path: `/${name}/code`, state: 'live', hosts: [], conflicts: 0, held: 0 },
      ...root,
    })),
    ...{ claims: [], incoming: [], outgoing: [] },
  };
}

function found(changes: Partial<Preflight> = {}): Finding[] {
  const snapshot = snapshotWith({
    shell: { path: '/bin/sh', kind: 'other', cwd: { root: 'code', rel: '' }, history: [] },
  });
  const plan: Preflight['plan'] = {
    ...{ snapshotId: snapshot.id, sessionKey: snapshot.sessionKey, socket: '', home: '/h', cwd: '/h' },
    ...{ sessions: [], services: [], attach: null, notices: [], obstacles: [] },
  };
  return findObstacles({ snapshot, plan, skewMs: 0, copy: false, from: facts('here'), to: facts('there'), ...changes });
}

const levels = (findings: readonly Finding[]): string[] => findings.map(({ level }) => level);

describe('before a handoff', () => {
  test('where nothing is wrong nothing is said', () => {
    expect(found()).toEqual([]);
  });

  test.each([
    [HOUR_MS, 'ahead'],
    [-HOUR_MS, 'behind'],
  ])('a clock that is off by %i ms is named and stops nothing', (skewMs, word) => {
    expect(found({ skewMs })).toMatchObject([{ level: 'note', text: expect.stringContaining(`3600 s ${word}`) }]);
  });

  test.each<[string, Partial<Preflight>, RegExp]>([
    ['a root that the other host lacks', { to: facts('there', []) }, /not kept in sync with there/],
    ['a root that is no more', { from: facts('here', []) }, /not kept in sync by here/],
    ['a root that is paused there', { to: facts('there', [{ state: 'paused' }]) }, /paused on there/],
    ['a root that is halted here', { from: facts('here', [{ state: 'halted' }]) }, /halted on here/],
    ['conflicts', { from: facts('here', [{ conflicts: 2 }]) }, /2 conflicts/],
    ['deletes that wait', { to: facts('there', [{ held: 60 }]) }, /wait for you/],
  ])('%s stops it, and says what to do', (_, changes, said) => {
    const findings = found(changes);
    expect(levels(findings)).toEqual(['error']);
    expect(findings[0]?.text).toMatch(said);
    expect(findings[0]?.cure).not.toBe('');
  });

  test('what an editor alone has stops it, unless the session stays as well', () => {
    const editors = [{ pane: null, app: 'vim' as const, files: [], unsaved: ['${root:code}/a'] }];
    const snapshot = snapshotWith({
      editors,
      shell: { path: '/bin/sh', kind: 'other', cwd: { root: 'code', rel: '' }, history: [] },
    });
    expect(found({ snapshot })).toMatchObject([
      { level: 'error', where: 'vim', text: 'vim has changes in a that are not saved' },
    ]);
    expect(levels(found({ snapshot, copy: true }))).toEqual(['warning']);
  });

  test('another version is a note', () => {
    expect(found({ to: facts('there', [{}], '1.1.0') })).toMatchObject([{ level: 'note', cure: 'dsync host upgrade' }]);
  });
});
