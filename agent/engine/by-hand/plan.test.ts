import { describe, expect, test } from 'vitest';
import type { RelPath } from '../../core/rel-path.ts';
import type { RsyncItem } from '../../transfer/rsync-output.ts';
import { needsBackup, needsConsent, type Plan, toPlan, withCompared, worthComparing } from './plan.ts';
import type { Found } from './tree.ts';

const file = (sizeBytes: number, mtimeSeconds: number): Found => ({ kind: 'file', sizeBytes, mtimeSeconds });
const FOLDER: Found = { kind: 'folder', sizeBytes: 4096, mtimeSeconds: 0 };
const LINK: Found = { kind: 'symlink', sizeBytes: 4, mtimeSeconds: 0 };

function item(path: string, more: Partial<RsyncItem> = {}): RsyncItem {
  return { kind: 'content', isNew: false, entry: 'file', path: Buffer.from(path), sizeBytes: 7, ...more };
}

function planOf(
  sent: readonly RsyncItem[],
  { winner = {}, loser = {}, deleted = [] }: Sides & { deleted?: readonly RsyncItem[] } = {},
): Plan {
  const deleteNames = deleted.map(({ path }) => path.toString() as RelPath);
  const parts = { sent, deleted, deleteNames, compared: new Set<RelPath>(), problems: [] };
  return toPlan({ ...parts, ...lookups({ winner, loser }) });
}

interface Sides {
  readonly winner?: Readonly<Record<string, Found>>;
  readonly loser?: Readonly<Record<string, Found>>;
}

function lookups({ winner = {}, loser = {} }: Sides) {
  return { winner: (path: RelPath) => winner[path], loser: (path: RelPath) => loser[path] };
}

describe('an item of the plan', () => {
  test.each<[string, RsyncItem, Sides, object]>([
    ['new', item('a', { isNew: true }), { winner: { a: file(5, 9) } }, { action: 'new', sizeBytes: 5 }],
    [
      'changed',
      item('a'),
      { winner: { a: file(5, 9) }, loser: { a: file(3, 9) } },
      { action: 'changed', replacedBytes: 3 },
    ],
    [
      'newer',
      item('a'),
      { winner: { a: file(5, 9) }, loser: { a: file(3, 10) } },
      { newer: { replacedSeconds: 10, sentSeconds: 9 } },
    ],
    [
      'in place of a symlink',
      item('a', { isNew: true }),
      { winner: { a: file(5, 9) }, loser: { a: LINK } },
      { action: 'changed', replacedBytes: 4 },
    ],
    [
      'in place of a folder',
      item('a', { isNew: true }),
      { winner: { a: file(5, 9) }, loser: { a: FOLDER } },
      { action: 'changed' },
    ],
    ['a folder', item('a', { isNew: true, entry: 'folder' }), {}, { action: 'new', sizeBytes: 0 }],
    ['mode alone', item('a', { kind: 'attributes' }), { loser: { a: file(3, 10) } }, { action: 'attributes' }],
  ])('%s', (_, sent, sides, expected) => {
    expect(planOf([sent], sides).items).toMatchObject([{ path: 'a', ...expected }]);
  });

  test('a folder that comes with each part of the names counts once', () => {
    const folder = item('d', { isNew: true, entry: 'folder' });
    expect(planOf([folder, item('d/a', { isNew: true }), folder]).totals.new).toBe(2);
  });

  test('what makes way counts as deleted, and needs force', () => {
    const plan = planOf([item('a/in', { kind: 'deleted' }), item('a', { isNew: true })], {
      loser: { 'a/in': file(3, 1) },
    });
    expect(plan).toMatchObject({ needsForce: true, totals: { deleted: 1, deleteBytes: 3, new: 1 } });
    expect(planOf([item('a')]).needsForce).toBe(false);
  });
});

test.each<[string, Plan, { consent: boolean; backup: boolean }]>([
  ['new files', planOf([item('a', { isNew: true })]), { consent: false, backup: false }],
  ['changed files', planOf([item('a')], { loser: { a: file(3, 1) } }), { consent: false, backup: true }],
  [
    'newer files',
    planOf([item('a')], { winner: { a: file(3, 0) }, loser: { a: file(3, 1) } }),
    { consent: true, backup: true },
  ],
  ['deletes', planOf([], { deleted: [item('a', { kind: 'deleted' })] }), { consent: true, backup: true }],
  [
    'an empty folder deleted',
    planOf([], { deleted: [item('a', { kind: 'deleted', entry: 'folder' })] }),
    { consent: true, backup: false },
  ],
  ['a mode', planOf([item('a', { kind: 'attributes' })]), { consent: false, backup: false }],
])('%s', (_, plan, expected) => {
  expect({ consent: needsConsent(plan), backup: needsBackup(plan) }).toEqual(expected);
});

test('only files of the same size are compared, and then the comparison counts', () => {
  const items = [item('same'), item('edited'), item('longer'), item('new', { isNew: true }), item('touched')];
  const two = { same: file(3, 1), edited: file(3, 1), touched: file(3, 1) };
  const sides = lookups({
    winner: { ...two, longer: file(4, 1), new: file(1, 1) },
    loser: { ...two, longer: file(3, 1) },
  });
  const compared = worthComparing(items, sides);
  expect([...compared]).toEqual(['same', 'edited', 'touched']);
  const comparison = [item('edited'), item('touched', { kind: 'attributes' }), item('.', { entry: 'folder' })];
  const merged = withCompared(items, compared, comparison).map(({ path, kind }) => `${path.toString()} ${kind}`);
  expect(merged).toEqual(['longer content', 'new content', 'edited content', 'touched attributes']);
});
