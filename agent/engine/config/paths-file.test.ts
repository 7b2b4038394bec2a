import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addPathsRoot,
  editPathsRoots,
  formatPaths,
  formatPathsRoot,
  type PathsRoot,
  parsePaths,
} from './paths-file.ts';

const rootsOf = (text: string) => parsePaths(text).lines.flatMap((line) => (line.kind === 'root' ? [line.root] : []));
const faultsOf = (text: string) =>
  parsePaths(text).lines.flatMap((line) => (line.kind === 'fault' ? [line.fault] : []));

describe('parsePaths reads', () => {
  test.each<[string, string, PathsRoot[]]>([
    ['a path alone: all hosts', '~/code', [{ path: '~/code', hosts: [] }]],
    ['hosts', '~/code gpu vps', [{ path: '~/code', hosts: [{ host: 'gpu' }, { host: 'vps' }] }]],
    ['a path there', '/a gpu:/data/a', [{ path: '/a', hosts: [{ host: 'gpu', path: '/data/a' }] }]],
    ['a path there from its home', '/a gpu:~/a', [{ path: '/a', hosts: [{ host: 'gpu', path: '~/a' }] }]],
    ['a colon in the path there', '/a gpu:/b:c', [{ path: '/a', hosts: [{ host: 'gpu', path: '/b:c' }] }]],
    ['a name', '/a name=x', [{ path: '/a', hosts: [], name: 'x' }]],
    ['a quoted name', '/a name="my code"', [{ path: '/a', hosts: [], name: 'my code' }]],
    ['single quotes', "'~/my code'", [{ path: '~/my code', hosts: [] }]],
    ['double quotes with escapes', '"/a \\" \\\\ \\n"', [{ path: '/a " \\ \\n', hosts: [] }]],
    ['a backslash before a blank', '/my\\ code gpu', [{ path: '/my code', hosts: [{ host: 'gpu' }] }]],
    ['a quote within a word', "/my' 'code", [{ path: '/my code', hosts: [] }]],
    ['a # within a word', '/c#', [{ path: '/c#', hosts: [] }]],
    ['a comment after it', '/a gpu # the big one', [{ path: '/a', hosts: [{ host: 'gpu' }] }]],
    ['tabs and blanks around', ' \t/a\t gpu  ', [{ path: '/a', hosts: [{ host: 'gpu' }] }]],
    [
      'lines that end as on Windows',
      '/a\r\n/b gpu\r\n',
      [
        { path: '/a', hosts: [] },
        { path: '/b', hosts: [{ host: 'gpu' }] },
      ],
    ],
    ['a byte order mark', '\uFEFF/a', [{ path: '/a', hosts: [] }]],
    ['no roots in comments and blank lines', '# /a\n\n   \n  # b', []],
  ])('%s', (_, text, roots) => {
    expect(faultsOf(text)).toEqual([]);
    expect(rootsOf(text)).toEqual(roots);
  });
});

describe('parsePaths refuses', () => {
  test.each([
    ['a relative path', 'code', /neither absolute nor/],
    ["another user's home", '~bob/code', /neither absolute nor/],
    ['an empty path', "''", /neither absolute nor/],
    ['an open quote', "'~/code", /quote ' is not closed/],
    ['a last backslash', '/a\\', /backslash/],
    ['a host that is no name', '/a gp/u', /neither HOST/],
    ['a host twice', '/a gpu gpu:/b', /twice/],
    ['an empty path there', '/a gpu:', /neither absolute nor/],
    ['a relative path there', '/a gpu:b', /neither absolute nor/],
    ['two names', '/a name=x name=y', /twice/],
    ['an empty name', '/a name=', /no name/],
    ['an unknown key', '/a color=red', /neither HOST/],
  ])('%s', (_, text, fault) => {
    expect(faultsOf(`/before\n${text}\n/after`)).toEqual([expect.stringMatching(fault)]);
    expect(rootsOf(`/before\n${text}\n/after`).map(({ path }) => path)).toEqual(['/before', '/after']);
  });
});

const place = fc
  .tuple(fc.constantFrom('/', '~/'), fc.string({ unit: 'grapheme' }))
  .map(([start, rest]) => start + rest.replace(/[\n\r\0]/g, '_'));
const host = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,8}$/);
const root: fc.Arbitrary<PathsRoot> = fc
  .record({
    path: place,
    hosts: fc.uniqueArray(fc.oneof(fc.record({ host }), fc.record({ host, path: place })), {
      selector: (one) => one.host,
      maxLength: 4,
    }),
    name: fc.option(
      fc.string({ minLength: 1 }).map((name) => name.replace(/[/\n\r\0]/g, '_')),
      { nil: undefined },
    ),
  })
  .map(({ name, ...rest }) => (name === undefined ? rest : { ...rest, name }));

test('a formatted root parses back as it was', () => {
  fc.assert(
    fc.property(root, (one) => {
      expect(rootsOf(formatPathsRoot(one))).toEqual([one]);
    }),
  );
});

test('an unedited file comes out byte for byte, whatever is in it', () => {
  const line = fc.oneof(
    fc.string().map((text) => text.replace(/\n/g, '')),
    root.map(formatPathsRoot),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const text = lines
        .map((one) => `${one}\n`)
        .join('')
        .replace(/^\uFEFF/, '');
      expect(formatPaths(parsePaths(text))).toBe(text);
    }),
  );
});

test('edits keep comments, order and lines that cannot be read', () => {
  const before = "# mine\n/a gpu # big\n'broken\n\n/b\n";
  const added = addPathsRoot(parsePaths(before), { path: '/my code', hosts: [{ host: 'gpu' }] });
  expect(formatPaths(added)).toBe(`${before}'/my code' gpu\n`);
  const edited = editPathsRoots(added, (one) => (one.path === '/b' ? undefined : { ...one, name: 'n' }));
  expect(formatPaths(edited)).toBe("# mine\n/a gpu name=n # big\n'broken\n\n'/my code' gpu name=n\n");
});

test('a path with a line break is refused, not written', () => {
  expect(() => formatPathsRoot({ path: '/a\nb', hosts: [] })).toThrow(/cannot hold/);
});
