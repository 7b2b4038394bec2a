import { childPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import type { TrashedFile } from '../apply/trash-list.ts';
import { lstatPath } from '../scan/lstat.ts';
import type { Root } from './root.ts';

/**
 * Puts a file from the trash back at its path; what stands there goes to the trash in turn.
 *
 * @throws {DsyncError} ROOT_INVALID the root is halted; BAD_INPUT the path is taken by a folder, or changed meanwhile
 */
export async function restoreTrashed({ record, live, halt }: Root, file: TrashedFile): Promise<void> {
  if (live === undefined)
    throw new DsyncError('ROOT_INVALID', `The root ${record.name} is halted`, {
      cure: halt?.cure ?? 'See: dsync status',
    });
  const { apply } = live;
  apply.beginSlice();
  const there = lstatPath(childPath(record.path, file.path));
  const removed = there === undefined ? { kind: 'done' as const } : apply.remove(file.path, there);
  const restored = removed.kind === 'done' ? apply.adopt(file.stored, file.path) : removed;
  if (restored.kind !== 'done') {
    const cause =
      restored.kind === 'problem'
        ? restored.cause
        : restored.kind === 'not-empty'
          ? 'a folder stands there'
          : 'it changed meanwhile';
    throw new DsyncError('BAD_INPUT', `Could not restore ${file.path}: ${cause}. It is still in ${file.stored}.`);
  }
  await live.look([file.path]);
}
