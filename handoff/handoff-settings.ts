/**
 * handoff.json, beside the other settings.
 *
 * @module
 */
import * as z from 'zod';
import { childPath } from '../platform/abs-path.ts';
import type { Home } from '../platform/home.ts';
import { readSettingsFile } from '../platform/settings-file.ts';
import { POLICIES } from './snapshot/schema.ts';

export const handoffSettingsSchema = z.strictObject({
  restart: z
    .record(z.string().min(1), z.enum(POLICIES))
    .default({})
    .describe(
      'what becomes of a command that begins so: `auto`, `confirm`, `prefill` or `skip`; the longest that fits',
    ),
  attach: z.enum(['ssh', 'mosh', 'et']).default('ssh').describe('what shows a session of another host'),
  attachTo: z
    .record(z.string(), z.enum(['ssh', 'mosh', 'et']))
    .default({})
    .describe('the same for single hosts, by name'),
  forward: z.boolean().default(true).describe('whether ports of services there are reached on this host too'),
});
export type HandoffSettings = z.infer<typeof handoffSettingsSchema>;

/** @throws {DsyncError} BAD_INPUT with file and line */
export function readHandoffSettings(home: Pick<Home, 'config'>): HandoffSettings {
  return readSettingsFile(childPath(home.config, 'handoff.json'), handoffSettingsSchema, {
    missing: {},
    code: 'BAD_INPUT',
  });
}
