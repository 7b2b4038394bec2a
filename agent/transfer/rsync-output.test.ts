import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseItem, parseListed, parseProgress, unescapeName } from './rsync-output.ts';

const item = (line: string) => {
  const parsed = parseItem(line);
  return parsed && { ...parsed, path: parsed.path.toString() };
};

describe('an item', () => {
  test.each([
    ['=>f+++++++++ 12 a b', { kind: 'content', isNew: true, entry: 'file', path: 'a b', sizeBytes: 12 }],
    ['=<f.st...... 2 ch', { kind: 'content', isNew: false, entry: 'file', path: 'ch', sizeBytes: 2 }],
    ['=cd+++++++++ 4096 d2/', { kind: 'content', isNew: true, entry: 'folder', path: 'd2', sizeBytes: 4096 }],
    ['=cL+++++++++ 4 lnk', { kind: 'content', isNew: true, entry: 'symlink', path: 'lnk', sizeBytes: 4 }],
    ['=.f...p..... 7 x', { kind: 'attributes', isNew: false, entry: 'file', path: 'x', sizeBytes: 7 }],
    ['=*deleting   0 gone/sub/', { kind: 'deleted', isNew: false, entry: 'folder', path: 'gone/sub', sizeBytes: 0 }],
    ['=*deleting   0 =>f+++ 1 x', { kind: 'deleted', isNew: false, entry: 'file', path: '=>f+++ 1 x', sizeBytes: 0 }],
    ['=>f+++++++++ 1 a\\#012b', { kind: 'content', isNew: true, entry: 'file', path: 'a\nb', sizeBytes: 1 }],
    [
      '=>f+++++++++ 1  two  blanks ',
      { kind: 'content', isNew: true, entry: 'file', path: ' two  blanks ', sizeBytes: 1 },
    ],
    ['rsync: [sender] link_stat "x" failed', undefined],
    ['', undefined],
  ])('%j', (line, expected) => expect(item(line)).toEqual(expected));
});

test.each([
  [
    '-rw-r--r--           2 2026/11/21 11:43:08 a\\#012b',
    { entry: 'file', sizeBytes: 2, mtimeSeconds: 1795261388, path: 'a\nb' },
  ],
  ['drwxr-xr-x        4096 1970/01/01 00:00:01 d', { entry: 'folder', sizeBytes: 4096, mtimeSeconds: 1, path: 'd' }],
  [
    'lrwxrwxrwx           4 2026/11/21 11:43:08 a -> b',
    { entry: 'symlink', sizeBytes: 4, mtimeSeconds: 1795261388, path: 'a -> b' },
  ],
  [
    'prw-r--r--           0 2026/11/21 11:43:08 ff',
    { entry: 'special', sizeBytes: 0, mtimeSeconds: 1795261388, path: 'ff' },
  ],
  ['sent 20 bytes  received 30 bytes', undefined],
])('a listed line: %j', (line, expected) => {
  const parsed = parseListed(line);
  expect(parsed && { ...parsed, path: parsed.path.toString() }).toEqual(expected);
});

test.each([
  ['              1   5%    0.00kB/s    0:00:00  ', { bytes: 1, filesDone: undefined }],
  ['      1,234,567  45%    1.23MB/s    0:00:12 (xfr#5, to-chk=169/396)', { bytes: 1_234_567, filesDone: 5 }],
  ['              6  35%    5.86kB/s    0:00:00 (xfr#5, ir-chk=12/18)', { bytes: 6, filesDone: 5 }],
  ['=>f+++++++++ 1 -rf', undefined],
])('progress: %j', (report, expected) => expect(parseProgress(report)).toEqual(expected));

/** As rsync does in the C locale. */
function escapeName(name: Buffer): string {
  return name.toString('latin1').replace(/\\(?=#\d{3})|[^\x20-\x7e\t]/g, (char) => {
    return `\\#${char.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
}

test('every name that rsync escapes is read back', () => {
  const piece = fc.constantFrom('\\#', '\\#012', '\\', '#', '1', '\n', ' ', 'é', '😀', '->', '/', '\t');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const name = Buffer.from(pieces.join(''));
      expect(unescapeName(escapeName(name)).equals(name)).toBe(true);
    }),
  );
});
