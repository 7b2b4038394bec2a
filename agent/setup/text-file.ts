/**
 * Changing a small text file that is the user's: through a link to where it lies, as a whole, its mode kept.
 *
 * @module
 */
import { accessSync, constants, lstatSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type AbsPath, absPath, tildePath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { DsyncError, errnoOf, messageOf } from '../../platform/failure.ts';
import type { Change } from './change.ts';
import type { Ledger } from './ledger.ts';

export interface TextEdit {
  readonly path: AbsPath;
  readonly what: string;
  /** From what is there (undefined: no file) to what shall be there (undefined: no file). Pure. */
  readonly edit: (text: string | undefined) => string | undefined;
  readonly ledger: Ledger;
  /** Of a new file. */
  readonly mode?: number;
  /** What to do by hand where the file cannot be written. */
  readonly cure: string;
}

/**
 * @returns undefined where the file is right already
 * @throws {DsyncError} BAD_INPUT it cannot be read or written; nothing was changed
 */
export function planTextEdit({ path, what, edit, ledger, mode = 0o644, cure }: TextEdit): Change | undefined {
  const real = realOf(path, cure);
  const before = readText(real, cure);
  const after = edit(before);
  if (after === before) return undefined;
  checkWritable(real, { shown: path, exists: before !== undefined, cure });

  const write = (text: string | undefined, expected: string | undefined): void => {
    if (readText(real, cure) !== expected)
      throw new DsyncError('BAD_INPUT', `${tildePath(path)} was changed by another program meanwhile`, {
        cure: 'Run the same command again.',
      });
    if (text === undefined) {
      rmSync(real, { force: true });
      return;
    }
    const known = statSync(real, { throwIfNoEntry: false });
    if (known === undefined) {
      ledger.makeFolder(absPath(dirname(real)), { mode: mode === 0o600 ? 0o700 : 0o755 });
      ledger.addFile(real);
    }
    writeFileAtomic(real, text, { mode: known === undefined ? mode : known.mode & 0o7777 });
  };
  return {
    what,
    apply: () => {
      write(after, before);
      return undefined;
    },
    undo: () => write(before, after),
  };
}

/** Where a link leads; the path itself where there is nothing yet. */
function realOf(path: AbsPath, cure: string): AbsPath {
  try {
    return absPath(realpathSync(path));
  } catch (error) {
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
    if (errnoOf(error) === 'ENOENT' && !isLink) return path;
    const why = isLink ? 'it is a link that leads nowhere' : messageOf(error);
    throw new DsyncError('BAD_INPUT', `Could not read ${tildePath(path)}: ${why}. Nothing was changed.`, {
      cause: error,
      cure,
    });
  }
}

function readText(path: AbsPath, cure: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new DsyncError('BAD_INPUT', `Could not read ${tildePath(path)}: ${messageOf(error)}. Nothing was changed.`, {
      cause: error,
      cure,
    });
  }
}

/** By its mode as well: what root may write, its owner has still marked as not to be written. */
function checkWritable(
  path: AbsPath,
  { shown, exists, cure }: { readonly shown: AbsPath; readonly exists: boolean; readonly cure: string },
): void {
  checkFolder(absPath(dirname(path)), { shown, cure });
  if (!exists) return;
  const isWritable = (statSync(path).mode & 0o200) !== 0 && mayWrite(path);
  if (!isWritable)
    throw new DsyncError('BAD_INPUT', `Could not change ${tildePath(shown)}: it is read-only. Nothing was changed.`, {
      cure,
    });
}

/**
 * Whether something can be put there, the folder being made if need be.
 *
 * @param shown what the message names
 * @throws {DsyncError} BAD_INPUT
 */
export function checkFolder(
  folder: AbsPath,
  { shown, cure }: { readonly shown: AbsPath; readonly cure: string },
): void {
  let nearest: string = folder;
  while (lstatSync(nearest, { throwIfNoEntry: false }) === undefined) nearest = dirname(nearest);
  const isFolder = statSync(nearest, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const why = isFolder ? 'this user may not write there' : 'that is no folder';
  if (isFolder && mayWrite(nearest)) return;
  throw new DsyncError(
    'BAD_INPUT',
    `Could not write ${tildePath(shown)}: ${why}: ${tildePath(nearest)}. Nothing was changed.`,
    { cure },
  );
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
