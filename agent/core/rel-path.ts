/**
 * A path inside a root, the same on every host: valid UTF-8, `/`-separated, without `.`, `..`, empty parts or NUL.
 *
 * @module
 */

/** Made by {@link parseRelPath} alone; never empty (the root itself has no entry). */
export type RelPath = string & { readonly __brand: 'RelPath' };

/** Longest path accepted, in UTF-8 bytes: what fits a key of the index (LMDB, pages of 4 KiB: 1,978 bytes). */
export const MAX_PATH_BYTES = 1900;
/** Longest part accepted, in UTF-8 bytes: NAME_MAX of every common filesystem. */
export const MAX_NAME_BYTES = 255;

/** Empty, `.` or `..`. */
const ODD_PART = /(?:^|\/)\.{0,2}(?:\/|$)/;

/** Returns what is wrong with `text` as a path inside a root, or undefined if nothing is. */
export function relPathFault(text: string): string | undefined {
  if (text === '') return 'it is empty';
  if (text.includes('\0')) return 'it contains a NUL byte';
  if (!text.isWellFormed() || text.includes('\uFFFD')) return 'it is not valid UTF-8';
  if (text.length > MAX_PATH_BYTES / 3 && Buffer.byteLength(text) > MAX_PATH_BYTES)
    return `it is longer than ${MAX_PATH_BYTES} bytes`;
  // Most paths are short and plain.
  if (text.length <= MAX_NAME_BYTES / 3 && !ODD_PART.test(text)) return undefined;
  for (const part of text.split('/')) {
    if (part === '') return 'it has an empty part';
    if (part === '.' || part === '..') return `it has a “${part}” part`;
    if (part.length > 63 && Buffer.byteLength(part) > MAX_NAME_BYTES)
      return `a part is longer than ${MAX_NAME_BYTES} bytes`;
  }
  return undefined;
}

/** Returns undefined where `text` is no path inside a root; {@link relPathFault} says why. */
export function parseRelPath(text: string): RelPath | undefined {
  return relPathFault(text) === undefined ? (text as RelPath) : undefined;
}

/** `undefined` stands for the root itself. */
export function parentOf(path: RelPath): RelPath | undefined {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? undefined : (path.slice(0, slash) as RelPath);
}

export function nameOf(path: RelPath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Joins a name that {@link relPathFault} would accept below a folder; undefined as folder is the root itself. */
export function joinName(folder: RelPath | undefined, name: string): RelPath {
  return (folder === undefined ? name : `${folder}/${name}`) as RelPath;
}

/** True for paths inside the folder, not for the folder itself. */
export function isBelow(path: RelPath, folder: RelPath): boolean {
  return path.length > folder.length && path.startsWith(folder) && path.charCodeAt(folder.length) === 47;
}

/** All folders above the path, outermost first. */
export function parentsOf(path: RelPath): RelPath[] {
  const parents: RelPath[] = [];
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    parents.push(path.slice(0, slash) as RelPath);
  }
  return parents;
}

/**
 * Order of a depth-first walk: a folder comes right before what is in it, names by their UTF-8 bytes.
 * It is the order of the index's keys.
 */
export function compareRelPaths(a: RelPath, b: RelPath): number {
  return Buffer.compare(relPathToKey(a), relPathToKey(b));
}

/** The path's bytes with `/` as 0, so that byte order is the order of a depth-first walk. */
export function relPathToKey(path: RelPath): Buffer {
  const key = Buffer.from(path, 'utf8');
  for (let i = key.indexOf(47); i >= 0; i = key.indexOf(47, i + 1)) key[i] = 0;
  return key;
}

/** Inverse of {@link relPathToKey}. */
export function keyToRelPath(key: Uint8Array): RelPath {
  const bytes = Buffer.from(key);
  for (let i = bytes.indexOf(0); i >= 0; i = bytes.indexOf(0, i + 1)) bytes[i] = 47;
  return bytes.toString('utf8') as RelPath;
}
