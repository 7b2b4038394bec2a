import { existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { childPath } from '../../platform/abs-path.ts';
import { tempFolder } from './fixtures/child.ts';
import { freeDiskBytes } from './free-disk.ts';
import { markerPath } from './local-folder.ts';
import { checkMarker, readMarker, writeMarker } from './marker.ts';

const MARKER = { rootId: 'r1', createdBy: 'laptop', createdAt: '2026-11-21T05:33:12.000Z' };

test('a marker is written, read and checked', () => {
  using folder = tempFolder();
  expect(checkMarker(folder.path, 'r1')).toBe('missing');
  writeMarker(folder.path, MARKER);
  expect(readMarker(folder.path)).toEqual(MARKER);
  expect(checkMarker(folder.path, 'r1')).toBe('ok');
  expect(checkMarker(folder.path, 'r2')).toBe('other');
  expect(statSync(childPath(folder.path, '.dsync/local')).mode & 0o777).toBe(0o700);
});

test('a marker that says nothing is of another root', () => {
  using folder = tempFolder();
  writeMarker(folder.path, MARKER);
  for (const text of ['', '{', '{"rootId":""}', '[]']) {
    writeFileSync(markerPath(folder.path), text);
    expect(checkMarker(folder.path, 'r1')).toBe('other');
    expect(readMarker(folder.path)).toBeUndefined();
  }
});

test('a missing root is told from an empty one, and never made', () => {
  using folder = tempFolder();
  const root = childPath(folder.path, 'root');
  expect(checkMarker(root, 'r1')).toBe('root-missing');
  expect(() => writeMarker(root, MARKER)).toThrow(/ENOENT/);
  expect(existsSync(root)).toBe(false);
  writeFileSync(root, 'a file');
  expect(checkMarker(root, 'r1')).toBe('root-missing');
  rmSync(root);
  mkdirSync(childPath(folder.path, 'real'));
  symlinkSync('real', root);
  writeMarker(root, MARKER);
  expect(checkMarker(root, 'r1')).toBe('ok');
});

test('freeDiskBytes() says something above nothing', () => {
  using folder = tempFolder();
  expect(freeDiskBytes(folder.path)).toBeGreaterThan(0);
});
