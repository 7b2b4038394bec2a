import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { childPath } from '../../platform/abs-path.ts';
import type { RelPath } from '../core/rel-path.ts';
import { nameClash } from './clash.ts';
import { tempFolder } from './fixtures/child.ts';

test.each([
  ['README', 'README', undefined],
  ['README', 'readme', 'CASE_CLASH'],
  ['STRASSE', 'strasse', 'CASE_CLASH'],
  ['\u00e4', 'a\u0308', 'UNICODE_CLASH'],
  ['\u00c4', 'a\u0308', 'CASE_CLASH'],
  ['other', 'name', undefined],
])('%s there, %s to come: %s', (there, toCome, code) => {
  using folder = tempFolder();
  mkdirSync(childPath(folder.path, 'folder'));
  writeFileSync(childPath(folder.path, `folder/${there}`), '');
  const clash = nameClash(`folder/${toCome}` as RelPath, childPath(folder.path, `folder/${toCome}`));
  expect(clash?.code).toBe(code);
  if (code !== undefined) expect(clash?.cause).toContain(there);
});

test('a folder that cannot be listed tells of no clash', () => {
  using folder = tempFolder();
  expect(nameClash('nothing/a' as RelPath, childPath(folder.path, 'nothing/a'))).toBeUndefined();
});
