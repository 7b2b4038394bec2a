/**
 * A person's word on a conflict: which content stays at the path. What does not stay goes to the trash.
 *
 * @module
 */
import { extname } from 'node:path';
import { childPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import type { ApplyOutcome } from '../apply/outcome.ts';
import type { Conflict } from '../control/api.ts';
import { parseConflictPath } from '../core/conflict.ts';
import type { RelPath } from '../core/rel-path.ts';
import { lstatPath } from '../scan/lstat.ts';
import type { Root } from './root.ts';
import { conflictsOf } from './root-status.ts';

/**
 * `mine`: what was made on this host; `theirs`: what was made elsewhere; `both`: the copy gets a name beside the path.
 *
 * @param path where the conflict is, or one of its copies
 * @throws {DsyncError} CONFLICT_UNKNOWN; BAD_INPUT what is asked for is not there
 */
export async function resolveConflict(
  root: Root,
  path: RelPath,
  keep: 'mine' | 'theirs' | 'both',
  ourAuthor: string,
): Promise<{ resolved: Conflict[]; kept: string }> {
  const { live } = root;
  if (live === undefined)
    throw new DsyncError('ROOT_INVALID', `The root ${root.record.name} is halted`, {
      cure: root.halt?.cure ?? 'See: dsync status',
    });
  const { apply } = live;
  const conflicts = conflictsOf(root.record.name, root.index).filter(
    ({ path: original, copy }) => original === path || copy === path,
  );
  const original = conflicts[0]?.path as RelPath | undefined;
  if (original === undefined) throw new DsyncError('CONFLICT_UNKNOWN', `There is no conflict at ${path}`);
  const touched = new Set<RelPath>([original]);
  const must = (outcome: ApplyOutcome, what: string) => {
    if (outcome.kind === 'done') return;
    const cause = outcome.kind === 'problem' ? outcome.cause : 'it changed meanwhile';
    throw new DsyncError('BAD_INPUT', `Could not ${what}: ${cause}. Nothing was lost.`, {
      cure: 'Try again; see: dsync conflicts',
    });
  };
  const trash = (target: RelPath) => {
    touched.add(target);
    const stat = lstatPath(childPath(root.record.path, target));
    if (stat !== undefined) must(apply.remove(target, stat), `move “${target}” to the trash`);
  };
  const move = (from: RelPath, to: RelPath) => {
    touched.add(from).add(to);
    const stat = lstatPath(childPath(root.record.path, from));
    if (stat === undefined) throw new DsyncError('CONFLICT_UNKNOWN', `The conflict copy ${from} is gone`);
    must(apply.move(from, to, stat), `move “${from}” to “${to}”`);
  };
  apply.beginSlice();
  const byThisHost = ({ copy }: Conflict) => root.index.get(copy as RelPath)?.author === ourAuthor;
  let kept = original as string;
  if (keep === 'both') {
    for (const { copy } of conflicts) {
      kept = besideName(original, copy as RelPath);
      move(copy as RelPath, kept as RelPath);
    }
  } else {
    // The newest copy of that side; where there is none, that side's content is what stands at the path.
    const chosen = conflicts
      .filter((conflict) => byThisHost(conflict) === (keep === 'mine'))
      .sort((a, b) => (a.at < b.at ? 1 : -1))[0];
    if (chosen !== undefined) {
      trash(original);
      move(chosen.copy as RelPath, original);
    }
    for (const { copy } of conflicts) if (copy !== chosen?.copy) trash(copy as RelPath);
  }
  await live.look([...touched]);
  return { resolved: conflicts, kept };
}

/** `notes.conflict-gpu-1a2b3c4d.md`: the ending stays, so that it opens with the same program. */
function besideName(original: RelPath, copy: RelPath): RelPath {
  const parsed = parseConflictPath(copy);
  const ending = extname(original);
  const stem = ending === '' ? original : original.slice(0, -ending.length);
  return `${stem}.conflict-${parsed?.author ?? 'unknown'}-${parsed?.hash8 ?? '0'}${ending}` as RelPath;
}
