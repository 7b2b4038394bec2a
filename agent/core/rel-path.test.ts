import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareRelPaths,
  isBelow,
  joinName,
  keyToRelPath,
  MAX_NAME_BYTES,
  MAX_PATH_BYTES,
  nameOf,
  parentOf,
  parentsOf,
  parseRelPath,
  type RelPath,
  relPathFault,
  relPathToKey,
} from './rel-path.ts';

const path = (text: string) => text as RelPath;

/** Names with what sorts or splits badly if it is not done by bytes: below `/`, at `/`, above the surrogates. */
const names = fc
  .string({
    unit: fc.constantFrom(
      'a',
      'b',
      '.',
      ' ',
      '!',
      '-',
      '0',
      'é',
      '\u{e9}',
      '\u{ff5e}',
      '\u{1f600}',
      '\u{1}',
      '\\',
      '~',
    ),
    minLength: 1,
    maxLength: 4,
  })
  .filter((name) => name !== '.' && name !== '..');
const paths = fc.array(names, { minLength: 1, maxLength: 4 }).map((parts) => path(parts.join('/')));

describe('parseRelPath()', () => {
  test.each([
    'a',
    'a/b/c',
    '..foo',
    'foo..',
    '...',
    '.git',
    'a b/ c ',
    'new\nline',
    'back\\slash',
    'C:',
    '~',
    '-rf',
    'é',
    'e\u0301',
  ])('takes %j', (text) => {
    expect(parseRelPath(text)).toBe(text);
  });

  test('takes names and paths up to their longest', () => {
    expect(relPathFault('x'.repeat(MAX_NAME_BYTES))).toBeUndefined();
    expect(relPathFault(`${'abc/'.repeat(MAX_PATH_BYTES / 4 - 1)}abcd`)).toBeUndefined();
  });

  test.each<[string, string, RegExp]>([
    ['nothing', '', /empty/],
    ['a climb', '..', /“\.\.” part/],
    ['a climb on the way', 'a/../../etc/passwd', /“\.\.” part/],
    ['a climb at the end', 'a/..', /“\.\.” part/],
    ['a dot', './a', /“\.” part/],
    ['an absolute path', '/etc/passwd', /empty part/],
    ['a doubled slash', 'a//b', /empty part/],
    ['a slash at the end', 'a/', /empty part/],
    ['a NUL', 'a\0b', /NUL/],
    ['a lone surrogate', 'a\ud800', /UTF-8/],
    ['what was no UTF-8', 'a\ufffd', /UTF-8/],
    ['a name too long', 'x'.repeat(MAX_NAME_BYTES + 1), /a part is longer than 255/],
    ['a name too long in bytes alone', 'é'.repeat(128), /a part is longer than 255/],
    ['a path too long', 'ab/'.repeat(700).slice(0, -1), new RegExp(`longer than ${MAX_PATH_BYTES}`)],
  ])('refuses %s', (_, text, fault) => {
    expect(parseRelPath(text)).toBeUndefined();
    expect(relPathFault(text)).toMatch(fault);
  });

  test('lets nothing climb out, whatever it is made of', () => {
    const pieces = fc.array(fc.constantFrom('..', '.', '/', '', 'a', '\\', '\0', '...', '%2e%2e', '．．'), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(pieces, (parts) => {
        const parsed = parseRelPath(parts.join(''));
        if (parsed === undefined) return;
        const resolved = new URL(parsed.split('/').map(encodeURIComponent).join('/'), 'file:///root/of/all/').pathname;
        expect(resolved.startsWith('/root/of/all/')).toBe(true);
        expect(resolved.length).toBeGreaterThan('/root/of/all/'.length);
        expect(parsed).not.toMatch(/(^|\/)\.{0,2}(\/|$)/);
      }),
    );
  });
});

describe('parentOf(), nameOf(), joinName()', () => {
  test.each<[string, string | undefined, string]>([
    ['a', undefined, 'a'],
    ['a/b', 'a', 'b'],
    ['a/b/..c', 'a/b', '..c'],
  ])('take %s apart', (text, parent, name) => {
    expect(parentOf(path(text))).toBe(parent);
    expect(nameOf(path(text))).toBe(name);
  });

  test('are inverses', () => {
    fc.assert(
      fc.property(paths, (each) => {
        expect(joinName(parentOf(each), nameOf(each))).toBe(each);
      }),
    );
  });

  test('parentsOf() lists what parentOf() goes through, outermost first', () => {
    fc.assert(
      fc.property(paths, (each) => {
        const climbed: RelPath[] = [];
        for (let at = parentOf(each); at !== undefined; at = parentOf(at)) climbed.unshift(at);
        expect(parentsOf(each)).toEqual(climbed);
        for (const parent of climbed) expect(isBelow(each, parent)).toBe(true);
      }),
    );
  });
});

test.each<[string, string, boolean]>([
  ['a/b', 'a', true],
  ['a/b/c', 'a', true],
  ['a', 'a', false],
  ['ab', 'a', false],
  ['a-b/c', 'a', false],
  ['a', 'a/b', false],
])('isBelow(%s, %s) is %s', (below, folder, expected) => {
  expect(isBelow(path(below), path(folder))).toBe(expected);
});

describe('the order of keys', () => {
  test('a folder comes right before what is in it', () => {
    const sorted = ['a', 'a/b', 'a/b/c', 'a/z', 'a\u0001', 'a b', 'a!', 'a-b', 'a.b', 'a0', 'b'].map(path);
    expect([...sorted].reverse().sort(compareRelPaths)).toEqual(sorted);
  });

  test('is that of a depth-first walk with names by their bytes', () => {
    type Tree = Map<string, Tree>;
    const walk = (tree: Tree, above: RelPath | undefined): RelPath[] =>
      [...tree]
        .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .flatMap(([name, below]) => [joinName(above, name), ...walk(below, joinName(above, name))]);
    fc.assert(
      fc.property(fc.array(paths, { maxLength: 12 }), (list) => {
        const all = new Set(list.flatMap((each) => [...parentsOf(each), each]));
        const top: Tree = new Map();
        for (const each of all) {
          let at = top;
          for (const part of each.split('/')) {
            const next = at.get(part) ?? new Map();
            at.set(part, next);
            at = next;
          }
        }
        expect([...all].sort(compareRelPaths)).toEqual(walk(top, undefined));
      }),
    );
  });

  test('keyToRelPath() is the inverse of relPathToKey()', () => {
    fc.assert(
      fc.property(paths, (each) => {
        expect(keyToRelPath(relPathToKey(each))).toBe(each);
      }),
    );
  });
});
