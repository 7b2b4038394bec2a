/**
 * The environment as a root: one id on all hosts, shared with all of them, there as soon as its folder is.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import type { Home } from '../../../platform/home.ts';
import type { RootId, RootRecord } from '../config/roots-file.ts';
import { environmentFolder } from './environment-files.ts';

export const ENVIRONMENT_ROOT = '6d1f0e52-3c0b-4d6e-9a51-0d5e9c4e7a10' as RootId;
export const ENVIRONMENT_NAME = 'dsync-environment';

/** For a neighbour's older version; one that knows the id has a place of its own for it. */
const SHARED_PATH = '~/.config/dsync/environment';

interface Roots {
  readonly roots: readonly RootRecord[];
  readonly records: readonly RootRecord[];
}

/** The roots in use and their records, with the environment as the last of both where there is one. */
export function withEnvironment(
  { roots, records }: Roots,
  home: Home,
  hosts: readonly { readonly name: string }[],
): Roots {
  const path = environmentFolder(home);
  if (!existsSync(path)) return { roots, records };
  const blank = { id: ENVIRONMENT_ROOT, markerCreated: false, paused: false };
  const known = records.find(({ id }) => id === ENVIRONMENT_ROOT) ?? blank;
  const root: RootRecord = {
    ...known,
    name: ENVIRONMENT_NAME,
    path,
    hosts: hosts.map(({ name }) => ({ host: name, path: SHARED_PATH })),
    removed: false,
  };
  return {
    roots: [...roots, root],
    records: [...records.filter(({ id }) => id !== ENVIRONMENT_ROOT), root],
  };
}
