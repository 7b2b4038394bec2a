/**
 * handoff.json: how sessions are carried and shown. All of it may be left out.
 *
 * @module
 */
import * as z from 'zod';
import { childPath } from '../../platform/abs-path.ts';
import type { Home } from '../../platform/home.ts';
import { readSettingsFile } from '../../platform/settings-file.ts';

export const handoffSettingsSchema = z.strictObject({
  attach: z.enum(['ssh', 'mosh', 'et']).default('ssh').describe('what shows a session of another host'),
  attachTo: z
    .record(z.string(), z.enum(['ssh', 'mosh', 'et']))
    .default({})
    .describe('the same for single hosts, by name'),
  forward: z.boolean().default(true).describe('whether ports of services there are reached on this host too'),
});
export type HandoffSettings = z.infer<typeof handoffSettingsSchema>;

/** @throws {DsyncError} BAD_INPUT with file and line; the file is the user's */
export function readHandoffSettings(home: Pick<Home, 'config'>): HandoffSettings {
  return readSettingsFile(childPath(home.config, 'handoff.json'), handoffSettingsSchema, {
    missing: {},
    code: 'BAD_INPUT',
  });
}
