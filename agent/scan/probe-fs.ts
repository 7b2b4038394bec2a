/**
 * What the filesystem under a root does with names and modes, found by trying.
 *
 * @module
 */
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { lstatPath } from './lstat.ts';

export interface FilesystemTraits {
  /** False: `a` and `A` are one file. */
  readonly caseSensitive: boolean;
  /** True: a composed name comes back decomposed (HFS+). */
  readonly decomposes: boolean;
  /** False: the composed and the decomposed form of a name are one file (APFS, HFS+). */
  readonly unicodeSensitive: boolean;
  /** False: permission bits do not stay (FAT, some mounts). */
  readonly modeBits: boolean;
  readonly symlinks: boolean;
}

const COMPOSED = 'probe-\u00e9';
const DECOMPOSED = COMPOSED.normalize('NFD');

/**
 * @param folder an existing folder that nobody else writes to, on the filesystem in question; left as it was
 * @throws the system's error where nothing can be written there
 */
export function probeFilesystem(folder: AbsPath): FilesystemTraits {
  const own = mkdtempSync(childPath(folder, '.probe-')) as AbsPath;
  try {
    create(own, 'probe-case');
    create(own, COMPOSED);
    const names = readdirSync(own);
    return {
      caseSensitive: lstatPath(childPath(own, 'PROBE-CASE')) === undefined,
      decomposes: names.includes(DECOMPOSED),
      unicodeSensitive: lstatPath(childPath(own, DECOMPOSED)) === undefined,
      modeBits: keepsModes(childPath(own, 'probe-case')),
      symlinks: makesSymlinks(childPath(own, 'probe-link')),
    };
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

function create(folder: AbsPath, name: string): void {
  closeSync(openSync(childPath(folder, name), 'wx', 0o600));
}

function keepsModes(file: AbsPath): boolean {
  try {
    return [0o640, 0o751, 0o600].every((mode) => {
      chmodSync(file, mode);
      return (statSync(file).mode & 0o777) === mode;
    });
  } catch {
    return false;
  }
}

function makesSymlinks(path: AbsPath): boolean {
  try {
    symlinkSync('probe-case', path);
    return readlinkSync(path) === 'probe-case';
  } catch {
    return false;
  }
}
