/**
 * Which files and folders setup made that were not there before, so that uninstalling leaves none of them behind.
 *
 * @module
 */
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { type AbsPath, absPath, childPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import type { Home } from '../../platform/home.ts';
import { readSettingsFile } from '../../platform/settings-file.ts';

const ledgerSchema = z.looseObject({
  created: z.array(z.string().startsWith('/')).default([]).describe('files and folders that setup made'),
});

export interface Ledger {
  /** Makes the folder and what is missing above it. */
  makeFolder(path: AbsPath, options?: { readonly mode?: number }): void;
  /** A file that was not there before. */
  addFile(path: AbsPath): void;
  /**
   * Removes what setup made and nobody has used since: empty files, empty folders.
   *
   * @param forget leaves no ledger behind either, whatever could not be removed
   */
  removeCreated(options: { readonly forget: boolean }): void;
  hasEmpty(): boolean;
}

/** @throws {DsyncError} BAD_STATE */
export function openLedger(home: Home): Ledger {
  const path = childPath(home.state, 'setup.json');
  const created = new Set(read(path));

  const addMissing = (folder: string): boolean => {
    const missing: string[] = [];
    for (let at = folder; !existsSync(at); at = dirname(at)) missing.push(at);
    for (const one of missing) created.add(one);
    return missing.length > 0;
  };
  const write = (): void => {
    if (created.size === 0) {
      rmSync(path, { force: true });
      return;
    }
    // Writing it makes its own folder.
    addMissing(dirname(path));
    writeFileAtomic(path, `${JSON.stringify({ created: [...created] }, null, 2)}\n`);
  };

  return {
    makeFolder(folder, { mode = 0o755 } = {}) {
      const isNew = addMissing(folder);
      mkdirSync(folder, { recursive: true, mode });
      if (isNew) write();
    },
    addFile(file) {
      created.add(file);
      write();
    },
    removeCreated({ forget }) {
      // The ledger lies in one of them, and comes back if there is anything left to say.
      rmSync(path, { force: true });
      const deepestFirst = [...created].sort((a, b) => b.length - a.length);
      for (const one of deepestFirst) removeIfEmpty(absPath(one));
      for (const one of deepestFirst) if (forget || !existsSync(one)) created.delete(one);
      write();
    },
    hasEmpty: () => [...created].some((one) => existsSync(one) && isEmpty(absPath(one))),
  };
}

function read(path: AbsPath): readonly string[] {
  return readSettingsFile(path, ledgerSchema, { missing: {}, code: 'BAD_STATE' }).created;
}

function removeIfEmpty(path: AbsPath): void {
  if (!isEmpty(path)) return;
  if (statSync(path).isDirectory()) rmdirSync(path);
  else rmSync(path);
}

/** False where it cannot be told: then it is the user's. */
function isEmpty(path: AbsPath): boolean {
  try {
    const stat = statSync(path);
    return stat.isDirectory() ? readdirSync(path).length === 0 : stat.isFile() && stat.size === 0;
  } catch {
    return false;
  }
}
