/**
 * Newly ignored means forgotten, never deleted: the records go, the files stay.
 *
 * @module
 */
import type { Recorded } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { IndexStore } from '../index/index-store.ts';
import type { Problems } from './problems.ts';

export interface ForgetIgnoredOptions {
  readonly index: Pick<IndexStore, 'records' | 'forget'>;
  readonly ignores: (path: RelPath, isFolder: boolean) => boolean;
  readonly problems: Pick<Problems, 'clear'>;
  readonly onFolder: (path: RelPath) => void;
  readonly onDone: () => void;
}

/** Forgets what the rules in force ignore, a record a step. */
export function* forgetIgnored({
  index,
  ignores,
  problems,
  onFolder,
  onDone,
}: ForgetIgnoredOptions): Generator<void, void> {
  const ignored: Recorded[] = [];
  for (const record of index.records()) {
    if (record.kind !== 'tombstone' && ignores(record.path, record.kind === 'folder')) ignored.push(record);
    yield;
  }
  for (const { path, kind } of ignored) {
    index.forget(path);
    problems.clear(path);
    if (kind === 'folder') onFolder(path);
  }
  onDone();
}
