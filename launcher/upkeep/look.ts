/**
 * One project, looked at on disk.
 *
 * @module
 */
import { commandText } from '../core/command.ts';
import type { Project } from '../core/registry-schema.ts';
import { type Detection, detectProject } from '../detect/detect-project.ts';
import { openProjectFiles } from '../detect/project-files.ts';
import { readRemote } from '../discover/repository.ts';
import type { Found } from '../registry/merge-found.ts';

/** @param names what lies in it, where that is known already */
export async function lookAtProject(path: string, names?: readonly string[]): Promise<Found> {
  const files = await openProjectFiles(path, names === undefined ? {} : { names });
  const { kinds, commands, members } = await detectProject(files);
  const [usual] = commands;
  return {
    path,
    remote: readRemote(path),
    kinds: kinds.map(({ kind }) => kind),
    members,
    usual: usual === undefined ? undefined : commandText(usual),
  };
}

/** All of a registered project that its files tell; a member is looked at with its workspace. */
export async function detectAt(path: string, workspacePath?: string): Promise<Detection> {
  const workspace = workspacePath === undefined ? undefined : await openProjectFiles(workspacePath);
  return detectProject(await openProjectFiles(path, workspace === undefined ? {} : { workspace }));
}

/** What the registry has of it, as if it had been looked at anew. */
export function asFound({ kinds, members, usual }: Project, path: string): Found {
  return { path, remote: undefined, kinds, members, usual };
}
