/**
 * One root: its folder, its filesystem, who else syncs it, and what its agent says of it.
 *
 * @module
 */
import { access, constants, stat } from 'node:fs/promises';
import { childPath, tildePath, userHome } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import { formatCount } from '../../platform/format.ts';
import { checkMarker } from '../apply/marker.ts';
import type { RootStatus } from '../control/api.ts';
import { probeFilesystem } from '../scan/probe-fs.ts';
import type { Check, Notes } from './check.ts';
import type { Context, KnownRoot } from './context.ts';
import { findOtherSync } from './other-sync.ts';

export function checkRoot({ agent }: Context, root: KnownRoot): Check {
  return {
    name: `root ${root.name}`,
    deadlineMs: 8000,
    async run(notes) {
      const shown = tildePath(root.path);
      notes.detail(shown);
      // First without waiting in the kernel: a network disk that is gone may hold a call for ever.
      if (!(await isUsable(notes, root, shown))) return;
      for (const { tool, mark } of await findOtherSync(root.path, { home: userHome() })) {
        notes.finding('OTHER_SYNC', `${tool} syncs ${shown} as well (${tildePath(mark)})`);
      }
      if (root.id !== undefined) lookAtFilesystem(notes, root, root.id, shown);
      const answer = await agent();
      const status = answer.kind === 'up' ? answer.status.roots.find(({ path }) => path === root.path) : undefined;
      if (status !== undefined) judgeStatus(notes, status);
    },
  };
}

async function isUsable(notes: Notes, { path, name }: KnownRoot, shown: string): Promise<boolean> {
  try {
    if (!(await stat(path)).isDirectory()) {
      notes.finding('ROOT_GONE', `${shown} is no folder`, { cure: goneCure(name) });
      return false;
    }
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') {
      notes.finding('ROOT_GONE', `There is no folder ${shown}`, { cure: goneCure(name) });
    } else if (errnoOf(error) === 'EACCES' || errnoOf(error) === 'EROFS') {
      notes.finding('ROOT_LOCKED', `This user may not read and write in ${shown}`);
    } else throw error;
    return false;
  }
}

function goneCure(name: string): string {
  return `Mount the disk or put the folder back; or end it: dsync root rm ${name}`;
}

function lookAtFilesystem(notes: Notes, { path, name }: KnownRoot, id: string, shown: string): void {
  const state = checkMarker(path, id);
  // The agent writes the first marker; until then there is nowhere to try anything.
  if (state === 'missing') {
    notes.detail('not looked through yet');
    return;
  }
  if (state !== 'ok') {
    notes.finding('ROOT_GONE', `${shown} is not the folder that it was: its marker is another root’s`, {
      cure: goneCure(name),
    });
    return;
  }
  const traits = probeFilesystem(childPath(path, '.dsync/local'));
  notes.detail(
    [
      traits.caseSensitive ? 'tells case apart' : 'takes a and A for one',
      traits.decomposes ? 'decomposes names' : traits.unicodeSensitive ? '' : 'takes both forms of é for one',
    ]
      .filter((text) => text !== '')
      .join(', '),
  );
  if (!traits.caseSensitive) notes.finding('ROOT_CASE', `The filesystem of ${shown} takes a and A for one name`);
  if (!traits.unicodeSensitive || traits.decomposes)
    notes.finding('ROOT_UNICODE', `The filesystem of ${shown} takes both forms of é for one name`);
  if (!traits.modeBits) notes.finding('ROOT_MODES', `The filesystem of ${shown} keeps no permission bits`);
}

function judgeStatus(notes: Notes, status: RootStatus): void {
  const { name } = status;
  notes.detail(`${status.state}, ${formatCount(status.files, 'file')}`);
  if (status.state === 'halted') {
    notes.finding('ROOT_HALTED', `${name} is halted: ${status.reason ?? 'it does not say why'}`, {
      cure: status.cure ?? `dsync resume ${name}`,
    });
  }
  if (status.watch.method === 'polling') notes.finding('ROOT_POLLED', `${name} is looked through again and again`);
  if (status.problems.length > 0) {
    const [first] = status.problems;
    const text = `${name} has ${formatCount(status.problems.length, 'problem')}, the first: ${first?.path} ${first?.code}`;
    notes.finding('ROOT_PROBLEMS', text);
  }
  if (status.conflicts > 0)
    notes.finding('ROOT_CONFLICTS', `${name} has ${formatCount(status.conflicts, 'unresolved conflict')}`);
  if (status.heldDeletes > 0) {
    notes.finding('ROOT_HELD', `${name} holds back ${formatCount(status.heldDeletes, 'deletion')}`, {
      cure: `dsync approve ${name}; or put the files back`,
    });
  }
}
