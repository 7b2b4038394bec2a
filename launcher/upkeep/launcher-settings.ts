/**
 * launcher.json, beside the agent's settings: where projects are looked for. All of it may be left out.
 *
 * @module
 */
import { childPath } from '../../platform/abs-path.ts';
import type { Home } from '../../platform/home.ts';
import { isHostName, ownHostName } from '../../platform/own-host-name.ts';
import { readSettingsFile, readTextFile } from '../../platform/settings-file.ts';
import { textOf, valueAt } from '../core/shape.ts';
import type { LauncherSettings } from './settings-schema.ts';

/** What the schema says of an empty file; most hosts have none, and need not load what checks it. */
export const DEFAULT_SETTINGS: LauncherSettings = { folders: [], exclude: [], maxDepth: 6, refreshMinutes: 10 };

/** @throws {DsyncError} BAD_INPUT with file and line; the file is the user's */
export async function readLauncherSettings(home: Pick<Home, 'config'>): Promise<LauncherSettings> {
  const path = childPath(home.config, 'launcher.json');
  if (readTextFile(path, 'BAD_INPUT') === undefined) return DEFAULT_SETTINGS;
  const { launcherSettingsSchema } = await import('./settings-schema.ts');
  return readSettingsFile(path, launcherSettingsSchema, { missing: {}, code: 'BAD_INPUT' });
}

/** What this host is called in the registry: as the agent calls it. A fault in its settings is the agent's to tell of. */
export function readHostName(home: Pick<Home, 'config'>): string {
  const text = readTextFile(childPath(home.config, 'settings.json'), 'BAD_INPUT') ?? '{}';
  try {
    const name = textOf(valueAt(JSON.parse(text), 'hostName'));
    return name !== undefined && isHostName(name) ? name : ownHostName();
  } catch {
    return ownHostName();
  }
}
