/**
 * launcher.json, beside the agent's settings: where projects are looked for. All of it may be left out.
 *
 * @module
 */
import * as z from 'zod';
import { childPath } from '../../platform/abs-path.ts';
import type { Home } from '../../platform/home.ts';
import { hostNameSchema, ownHostName } from '../../platform/host-name.ts';
import { readSettingsFile } from '../../platform/settings-file.ts';

export const launcherSettingsSchema = z.strictObject({
  folders: z
    .array(z.string())
    .default([])
    .describe('where projects lie, beside synced roots and the usual folders; absolute, or from ~/'),
  exclude: z.array(z.string()).default([]).describe('more names of folders that are not looked into'),
  maxDepth: z.int().min(0).max(20).default(6).describe('folders further down are not looked into'),
  refreshMinutes: z.number().min(0).default(10).describe('an older registry is refreshed in the background'),
});
export type LauncherSettings = z.infer<typeof launcherSettingsSchema>;

/** @throws {DsyncError} BAD_INPUT with file and line; the file is the user's */
export function readLauncherSettings(home: Pick<Home, 'config'>): LauncherSettings {
  const path = childPath(home.config, 'launcher.json');
  return readSettingsFile(path, launcherSettingsSchema, { missing: {}, code: 'BAD_INPUT' });
}

/** What this host is called in the registry: as the agent calls it. The agent checks the rest of its settings itself. */
export function readHostName(home: Pick<Home, 'config'>): string {
  const schema = z.looseObject({ hostName: hostNameSchema.optional() });
  const path = childPath(home.config, 'settings.json');
  return readSettingsFile(path, schema, { missing: {}, code: 'BAD_INPUT' }).hostName ?? ownHostName();
}
