/**
 * Reading and writing projects.json: whole or not at all, one writer at a time, the last good copy kept beside it.
 *
 * @module
 */
import { statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { DsyncError } from '../../platform/failure.ts';
import type { Home } from '../../platform/home.ts';
import { withLock } from '../../platform/lock.ts';
import { parseSettings, readTextFile } from '../../platform/settings-file.ts';
import type { Registry } from '../core/registry-schema.ts';

export interface LoadedRegistry {
  readonly registry: Registry;
  /** Why the file is not what is shown: the last good copy stands in, and nothing is written until it is mended. */
  readonly fault?: DsyncError;
}

const EMPTY: Registry = { version: 1, projects: [] };

export function registryPath(home: Pick<Home, 'state'>): AbsPath {
  return childPath(home.state, 'projects.json');
}

export function lastGoodPath(home: Pick<Home, 'state'>): AbsPath {
  return childPath(home.state, 'projects.last-good.json');
}

/** Never fails for what is in the file. */
export async function loadRegistry(home: Pick<Home, 'state'>): Promise<LoadedRegistry> {
  try {
    return { registry: await readRegistry(home) };
  } catch (error) {
    if (!(error instanceof DsyncError)) throw error;
    return { registry: await readLastGood(home), fault: error };
  }
}

/**
 * Writes what `edit` makes of the registry; nothing where it returns what it was given.
 *
 * @throws {DsyncError} BAD_STATE with file and line: the file is broken or of another version; it was left as it is
 */
export function editRegistry(
  home: Pick<Home, 'state'>,
  edit: (registry: Registry) => Registry | Promise<Registry>,
): Promise<Registry> {
  return withLock(childPath(home.state, 'projects.lock'), async () => {
    const before = await readRegistry(home);
    const after = await edit(before);
    if (after === before) return before;
    const path = registryPath(home);
    const text = readTextFile(path, 'BAD_STATE');
    if (text !== undefined) writeFileAtomic(lastGoodPath(home), text);
    writeFileAtomic(path, formatRegistry(after));
    writeFileAtomic(checkedPath(home), stampOf(path));
    return after;
  });
}

/** @throws {DsyncError} BAD_INPUT with line */
export async function parseRegistry(text: string, source: string): Promise<Registry> {
  const { registrySchema } = await import('../core/registry-schema.ts');
  return parseSettings(text, registrySchema, { source, code: 'BAD_INPUT' });
}

export function formatRegistry(registry: Registry): string {
  return `${JSON.stringify(registry, null, 1)}\n`;
}

/** A file that is just as it was when it was last checked is not checked again: that is half of what listing costs. */
async function readRegistry(home: Pick<Home, 'state'>): Promise<Registry> {
  const path = registryPath(home);
  const stamp = stampOf(path);
  const text = readTextFile(path, 'BAD_STATE');
  if (text === undefined) return EMPTY;
  if (stamp === readTextFile(checkedPath(home), 'BAD_STATE')) return JSON.parse(text);
  const registry = await checkedRegistry(text, path);
  // What stands there only in part was filled up with defaults, and would not be, the next time.
  if (isDeepStrictEqual(registry, JSON.parse(text))) writeFileAtomic(checkedPath(home), stamp);
  return registry;
}

async function checkedRegistry(text: string, path: AbsPath): Promise<Registry> {
  const { registrySchema } = await import('../core/registry-schema.ts');
  const cure = (line: number): string =>
    `Mend line ${line} of ${path}, or move the file away to start afresh. It was left as it is.`;
  return parseSettings(text, registrySchema, { source: path, code: 'BAD_STATE', cure });
}

async function readLastGood(home: Pick<Home, 'state'>): Promise<Registry> {
  const path = lastGoodPath(home);
  try {
    const text = readTextFile(path, 'BAD_STATE');
    return text === undefined ? EMPTY : await checkedRegistry(text, path);
  } catch {
    return EMPTY;
  }
}

/** Another for any other content: each write makes a new file. */
function stampOf(path: AbsPath): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? 'none' : `1 ${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
}

function checkedPath(home: Pick<Home, 'state'>): AbsPath {
  return childPath(home.state, 'launcher/checked');
}
