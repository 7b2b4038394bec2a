/**
 * Records as they are committed, in memory for as long as they are likely to be asked for again: an entry is looked at
 * before it is written, and its folder for each file in it.
 *
 * @module
 */
import type { Recorded } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';

export interface RecordCache {
  /** What the database says of the path, undefined for nothing; asked there only if it is not remembered. */
  get(path: RelPath): Recorded | undefined;
  /** It was committed so. */
  set(path: RelPath, record: Recorded | undefined): void;
}

export function createRecordCache(
  read: (path: RelPath) => Recorded | undefined,
  { size = 2048 }: { readonly size?: number } = {},
): RecordCache {
  // Two generations: what was not asked for during a whole one goes with it, without a list of who was asked for when.
  let recent = new Map<RelPath, Recorded | undefined>();
  let older = recent;
  const set = (path: RelPath, record: Recorded | undefined): void => {
    if (recent.size >= size) {
      older = recent;
      recent = new Map();
    }
    recent.set(path, record);
  };
  return {
    set,
    get(path) {
      const known = recent.get(path);
      if (known !== undefined || recent.has(path)) return known;
      const record = older.has(path) ? older.get(path) : read(path);
      set(path, record);
      return record;
    },
  };
}
