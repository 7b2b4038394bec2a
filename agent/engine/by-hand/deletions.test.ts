import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isBelow, parentsOf, type RelPath } from '../../core/rel-path.ts';
import { deletions } from './deletions.ts';

const tree = (text: string) =>
  text.split(' ').map((path) => {
    const isFolder = path.endsWith('/');
    return [path.replace(/\/$/, '') as RelPath, { kind: isFolder ? 'folder' : 'file' }] as const;
  });

test.each<[string, string, string[]]>([
  ['a b', 'a', ['b']],
  ['d/ d/x d/e/ d/e/y', '', ['d']],
  ['d/ d/x d/e/ d/e/y', 'd/x', ['d/e']],
  ['d/ d/x d/e/ d/e/y', 'd/e/y', ['d/x']],
  ['d/ d/x', 'd', ['d/x']],
  ['d/ d/x', 'd d/x', []],
])('%s, of which stay %s', (all, stay, expected) => {
  const staying = new Set(stay.split(' '));
  expect(deletions(tree(all), (path) => !staying.has(path))).toEqual(expected);
});

test('all that is extra goes but for folders that hold what stays, and nothing else', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const paths = fc.array(fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/') as RelPath));
  fc.assert(
    fc.property(paths, fc.func(fc.boolean()), (files, isExtra) => {
      const folders = new Set(files.flatMap(parentsOf));
      const all = [...folders, ...files.filter((path) => !folders.has(path))].sort();
      const kindOf = (path: RelPath) => (folders.has(path) ? 'folder' : 'file');
      const names = deletions(
        all.map((path) => [path, { kind: kindOf(path) }] as const),
        (path) => isExtra(path),
      );
      const gone = (path: RelPath) => names.some((one) => one === path || isBelow(path, one));
      for (const path of all) {
        const holds = all.some((other) => isBelow(other, path) && !isExtra(other));
        expect([path, gone(path)]).toEqual([path, isExtra(path) && !holds]);
      }
      for (const one of names) expect(names.some((other) => isBelow(other, one))).toBe(false);
    }),
  );
});
