/**
 * Reading and writing projects.json: whole or not at all, one writer at a time, the last good copy kept beside it.
 *
 * @module
 */
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { DsyncError } from '../../platform/failure.ts';
import type { Home } from '../../platform/home.ts';
import { withLock } from '../../platform/lock.ts';
import { parseSettings, readSettingsFile, readTextFile } from '../../platform/settings-file.ts';
import { EMPTY_REGISTRY, type Registry, registrySchema } from '../core/registry-schema.ts';

export interface LoadedRegistry {
  readonly registry: Registry;
  /** Why the file is not what is shown: the last good copy stands in, and nothing is written until it is mended. */
  readonly fault?: DsyncError;
}

export function registryPath(home: Pick<Home, 'state'>): AbsPath {
  return childPath(home.state, 'projects.json');
}

export function lastGoodPath(home: Pick<Home, 'state'>): AbsPath {
  return childPath(home.state, 'projects.last-good.json');
}

/** Never fails for what is in the file. */
export function loadRegistry(home: Pick<Home, 'state'>): LoadedRegistry {
  try {
    return { registry: readRegistry(registryPath(home)) };
  } catch (error) {
    if (!(error instanceof DsyncError)) throw error;
    return { registry: readLastGood(home), fault: error };
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
  const path = registryPath(home);
  return withLock(childPath(home.state, 'projects.lock'), async () => {
    const before = readRegistry(path);
    const after = await edit(before);
    if (after === before) return before;
    const text = readTextFile(path, 'BAD_STATE');
    if (text !== undefined) writeFileAtomic(lastGoodPath(home), text);
    writeFileAtomic(path, formatRegistry(after));
    return after;
  });
}

/** @throws {DsyncError} BAD_INPUT with file and line */
export function readRegistryFrom(path: AbsPath): Registry {
  return readSettingsFile(path, registrySchema, { missing: EMPTY_REGISTRY, code: 'BAD_INPUT' });
}

/** @throws {DsyncError} BAD_INPUT */
export function parseRegistry(text: string, source: string): Registry {
  return parseSettings(text, registrySchema, { source, code: 'BAD_INPUT' });
}

export function formatRegistry(registry: Registry): string {
  return `${JSON.stringify(registry, null, 1)}\n`;
}

function readRegistry(path: AbsPath): Registry {
  return readSettingsFile(path, registrySchema, { missing: EMPTY_REGISTRY, code: 'BAD_STATE' });
}

function readLastGood(home: Pick<Home, 'state'>): Registry {
  try {
    return readRegistry(lastGoodPath(home));
  } catch {
    return EMPTY_REGISTRY;
  }
}
