/**
 * Renames of which the writer knows for certain what they displaced. The test's own call into the system, so that no
 * mistake is shared with what is tested.
 *
 * @module
 */
import koffi from 'koffi';

const IS_LINUX = process.platform === 'linux';
const libc = koffi.load(IS_LINUX ? 'libc.so.6' : 'libSystem.B.dylib');
const renameat2 = IS_LINUX ? libc.func('int renameat2(int, const char *, int, const char *, unsigned int)') : undefined;
const renamexNp = IS_LINUX ? undefined : libc.func('int renamex_np(const char *, const char *, unsigned int)');

/** Linux: RENAME_EXCHANGE, RENAME_NOREPLACE; macOS: RENAME_SWAP, RENAME_EXCL. Source: renameat2(2), rename(2) of macOS. */
const SWAP = 2;
const NO_REPLACE = IS_LINUX ? 1 : 4;
/** AT_FDCWD of Linux. */
const HERE = -100;

/** False where one of the two is missing. */
export function exchange(a: string, b: string): boolean {
  return rename(a, b, SWAP);
}

/** False where `from` is missing, or something is at `to` or in the way. */
export function renameNoReplace(from: string, to: string): boolean {
  return rename(from, to, NO_REPLACE);
}

function rename(from: string, to: string, flags: number): boolean {
  return (renameat2?.(HERE, from, HERE, to, flags) ?? renamexNp?.(from, to, flags)) === 0;
}
