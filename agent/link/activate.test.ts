import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AbsPath, absPath, childPath } from '../../platform/abs-path.ts';
import { activateVersion, listCommandLines } from './activate.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const HOUR_MS = 3_600_000;
const hashOf = (n: number) => n.toString(16).padStart(16, '0');

let lib: AbsPath;
beforeEach(() => {
  lib = absPath(mkdtempSync(`${tmpdir()}/dsync-activate-`));
});
afterEach(() => rmSync(lib, { recursive: true, force: true }));

/** Versions 1 to 5; 5 was chosen last. */
function putVersions(): void {
  for (let n = 1; n <= 5; n++) putFolder(hashOf(n), NOW - (10 - n) * HOUR_MS);
}

function putFolder(name: string, atMs: number): AbsPath {
  const folder = childPath(lib, `versions/${name}`);
  mkdirSync(folder, { recursive: true });
  utimesSync(folder, atMs / 1000, atMs / 1000);
  return folder;
}

const activate = (
  n: number,
  { commandLines = [], unpacked }: { commandLines?: string[] | undefined; unpacked?: AbsPath } = {},
) => activateVersion({ lib, hash: hashOf(n), node: '/usr/bin/node', commandLines, unpacked, now: NOW });
const versions = () => readdirSync(childPath(lib, 'versions')).sort();

test('activateVersion() keeps the three versions that were chosen last', () => {
  putVersions();
  expect(activate(2).removed.sort()).toEqual([hashOf(1), hashOf(3)]);
  expect(versions()).toEqual([hashOf(2), hashOf(4), hashOf(5)]);
});

test('activateVersion() keeps a version that is in use', () => {
  putVersions();
  activate(5, { commandLines: [`/usr/bin/node ${lib}/versions/${hashOf(1)}/dist/dsync.js agent`] });
  expect(versions()).toEqual([hashOf(1), hashOf(3), hashOf(4), hashOf(5)]);
});

test('activateVersion() removes nothing where it is not known what is in use', () => {
  putVersions();
  expect(activateVersion({ lib, hash: hashOf(5), node: 'node', commandLines: undefined, now: NOW }).removed).toEqual(
    [],
  );
});

test('activateVersion() says whether another version started before', () => {
  putVersions();
  expect(activate(5).switched).toBe(true);
  expect(activate(5).switched).toBe(false);
  expect(activate(4).switched).toBe(true);
});

test('activateVersion() takes the version that is there if two hosts deploy it at once', () => {
  const there = putFolder(hashOf(1), NOW);
  const unpacked = putFolder(`${hashOf(1)}.tmp-9`, NOW);
  const { ino } = statSync(there);
  activate(1, { unpacked });
  expect(statSync(there).ino).toBe(ino);
  expect(versions()).toEqual([hashOf(1)]);
});

test('activateVersion() removes uploads that were cut off long ago, not one that is under way', () => {
  putVersions();
  const [old, underWay] = [
    putFolder(`${hashOf(7)}.tmp-1`, NOW - 2 * HOUR_MS),
    putFolder(`${hashOf(8)}.tmp-2`, NOW - 60_000),
  ];
  activate(5);
  expect([existsSync(old), existsSync(underWay)]).toEqual([false, true]);
});

test('listCommandLines() has this very process', () => {
  expect(listCommandLines()?.some((line) => line.includes('node'))).toBe(true);
});
