/**
 * Which folder may be a root: one of its own, so that no change has two owners and dsync never syncs itself.
 *
 * @module
 */
import { realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type AbsPath, userHome } from '../../../platform/abs-path.ts';
import { errnoOf, messageOf } from '../../../platform/failure.ts';
import type { Home } from '../../../platform/home.ts';

/** `missing` and `not-folder` may pass by themselves (a disk that is not mounted yet); the others never do. */
export interface RootFault {
  readonly kind: 'missing' | 'not-folder' | 'too-wide' | 'overlap' | 'own-files';
  /** Goes after “PATH cannot be a root: ”. */
  readonly reason: string;
}

/**
 * What is wrong with `path` as a root beside `others`, or undefined. Symlinks are followed on both sides, so that two
 * names of one folder are seen as one.
 */
export function rootFault(
  path: AbsPath,
  others: readonly AbsPath[],
  { home, userHome: user = userHome() }: { readonly home: Home; readonly userHome?: string },
): RootFault | undefined {
  const real = realPathOf(path);
  const realUser = realPathOf(user);
  if (real === '/') return { kind: 'too-wide', reason: 'it is /' };
  if (real === realUser) return { kind: 'too-wide', reason: 'it is your home' };
  if (isInside(realUser, real)) return { kind: 'too-wide', reason: `it holds your home ${user}` };
  for (const own of [home.config, home.state, home.lib]) {
    const realOwn = realPathOf(own);
    if (isInside(realOwn, real)) return { kind: 'own-files', reason: `it holds dsync's own files in ${own}` };
    if (real === realOwn || isInside(real, realOwn)) {
      return { kind: 'own-files', reason: `it lies in ${own}, which is dsync's own` };
    }
  }
  for (const other of others) {
    const realOther = realPathOf(other);
    if (real === realOther) return { kind: 'overlap', reason: `it is the same folder as the root ${other}` };
    if (isInside(real, realOther)) return { kind: 'overlap', reason: `it lies inside the root ${other}` };
    if (isInside(realOther, real)) return { kind: 'overlap', reason: `the root ${other} lies inside it` };
  }
  return folderFault(path);
}

/** Folders of the system; what lies in them decides what runs. */
const SYSTEM = /^\/(etc|usr|bin|sbin|lib|lib64|boot|System)(\/|$)/;
/** Where shells, ssh, editors and service managers are told what to run. */
const TOLD_WHAT_TO_RUN = /\/(\.[^/]+|Library)(\/|$)/;

/**
 * Why a host that has no shell here may not have a root put at `path`: it could have programs run by it. Undefined where
 * it may. Symlinks are followed.
 */
export function askedFault(
  path: AbsPath,
  { userHome: user = userHome() }: { readonly userHome?: string } = {},
): string | undefined {
  for (const place of [path, realPathOf(path)]) {
    if (SYSTEM.test(place)) return 'it lies in a folder of the system';
    const home = [user, realPathOf(user)].find((one) => isInside(place, one));
    const below = home === undefined ? place : place.slice(home.length);
    if (TOLD_WHAT_TO_RUN.test(below)) return 'programs of this host read there what they are to run';
  }
  return undefined;
}

/** The path with symlinks followed as far as it exists; what is missing stays as written. */
export function realPathOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPathOf(parent), path.slice(parent.length));
  }
}

function folderFault(path: AbsPath): RootFault | undefined {
  try {
    return statSync(path).isDirectory() ? undefined : { kind: 'not-folder', reason: 'it is not a folder' };
  } catch (error) {
    const reason = errnoOf(error) === 'ENOENT' ? 'there is no such folder' : messageOf(error);
    return { kind: 'missing', reason };
  }
}

function isInside(path: string, folder: string): boolean {
  return path !== folder && path.startsWith(folder === '/' ? '/' : `${folder}/`);
}
