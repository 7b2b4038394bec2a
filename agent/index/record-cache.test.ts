import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Recorded, recordOf, unheardOf } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { createRecordCache } from './record-cache.ts';

const recordAt = (path: RelPath, seq: number): Recorded =>
  recordOf(unheardOf(path), { version: [], author: '', stat: undefined, racy: false, from: undefined }, seq);

test('what is remembered is what was committed last, whatever was asked for in between', () => {
  const path = fc.constantFrom(...(['a', 'b', 'c', 'd', 'e', 'f'] as RelPath[]));
  const act = fc.record({ path, write: fc.option(fc.option(fc.nat(), { nil: undefined }), { nil: 'none' as const }) });
  void fc.assert(
    fc.property(fc.array(act), fc.integer({ min: 1, max: 4 }), (acts, size) => {
      const stored = new Map<RelPath, Recorded>();
      const cache = createRecordCache((at) => stored.get(at), { size });
      for (const { path: at, write } of acts) {
        if (write === 'none') expect(cache.get(at)).toBe(stored.get(at));
        else {
          const record = write === undefined ? undefined : recordAt(at, write);
          if (record === undefined) stored.delete(at);
          else stored.set(at, record);
          cache.set(at, record);
        }
      }
    }),
  );
});

test('a path that is asked for again and again is read once', () => {
  const reads: string[] = [];
  const cache = createRecordCache(
    (path) => {
      reads.push(path);
      return undefined;
    },
    { size: 4 },
  );
  for (let i = 0; i < 20; i++) {
    cache.get('folder' as RelPath);
    cache.get(`folder/${i}` as RelPath);
  }
  expect(reads.filter((path) => path === 'folder')).toHaveLength(1);
});
