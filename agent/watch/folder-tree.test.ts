import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isBelow, type RelPath } from '../core/rel-path.ts';
import { createFolderTree } from './folder-tree.ts';

const folder = fc
  .array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 4 })
  .map((parts) => (parts.length === 0 ? undefined : (parts.join('/') as RelPath)));
const step = fc.tuple(fc.constantFrom('set', 'set', 'set', 'delete', 'take'), folder);

test('behaves as a map that is searched for what is below a folder', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const tree = createFolderTree<{ readonly id: number }>();
      const model = new Map<RelPath | undefined, { readonly id: number }>();
      for (const [id, [kind, at]] of steps.entries()) {
        if (kind === 'set') {
          tree.set(at, { id });
          model.set(at, { id });
        } else if (kind === 'delete') {
          tree.delete(at);
          model.delete(at);
        } else {
          const gone = [...model].filter(
            ([path]) => path === at || at === undefined || (path !== undefined && isBelow(path, at)),
          );
          for (const [path] of gone) model.delete(path);
          expect(
            tree
              .take(at)
              .map((value) => value.id)
              .sort(),
          ).toEqual(gone.map(([, value]) => value.id).sort());
        }
        expect(new Map(tree.entries())).toEqual(model);
        expect(tree.size).toBe(model.size);
        expect(tree.get(at)).toEqual(model.get(at));
      }
    }),
  );
});
