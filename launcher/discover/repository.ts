/**
 * What git knows of a folder, read from its files: no program is run.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errnoOf } from '../../platform/failure.ts';
import { normalizeRemote, remoteInConfig } from '../core/git-remote.ts';

/** The normalised remote of the repository at `folder`, also of a worktree. */
export function readRemote(folder: string): string | undefined {
  const gitFolder = gitFolderOf(folder);
  if (gitFolder === undefined) return undefined;
  // A worktree shares its repository's configuration.
  const common = readText(`${gitFolder}/commondir`)?.trim();
  const config = readText(`${common === undefined ? gitFolder : resolve(gitFolder, common)}/config`);
  const url = config === undefined ? undefined : remoteInConfig(config);
  return url === undefined ? undefined : normalizeRemote(url);
}

/** The branch, or the first digits of a commit that belongs to none; undefined outside of a repository. */
export function readBranch(folder: string): string | undefined {
  const gitFolder = gitFolderOf(folder);
  const head = gitFolder === undefined ? undefined : readText(`${gitFolder}/HEAD`)?.trim();
  if (head === undefined) return undefined;
  return head.startsWith('ref: ') ? head.replace(/^ref: (refs\/heads\/)?/, '') : head.slice(0, 8);
}

/** `.git`, or what a `.git` file leads to. */
function gitFolderOf(folder: string): string | undefined {
  const path = `${folder}/.git`;
  try {
    const [, target] = /^gitdir: (.+)$/m.exec(readFileSync(path, 'utf8')) ?? [];
    return target === undefined ? undefined : resolve(dirname(path), target);
  } catch (error) {
    return errnoOf(error) === 'EISDIR' ? path : undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
