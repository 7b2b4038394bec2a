/**
 * settings.json: how the agent on this host behaves. All of it may be left out.
 *
 * @module
 */
import * as z from 'zod';
import { childPath } from '../../../platform/abs-path.ts';
import type { Home } from '../../../platform/home.ts';
import { hostNameSchema } from '../../../platform/host-name.ts';
import { ownHostName } from '../../../platform/own-host-name.ts';
import { readSettingsFile } from '../../../platform/settings-file.ts';

const MIB = 1024 * 1024;

export const settingsSchema = z.strictObject({
  hostName: hostNameSchema
    .default(() => ownHostName())
    .describe('what this host is called on all hosts; its hostname up to the first dot if absent'),
  pushLimitBytes: z
    .int()
    .min(0)
    .max(MIB)
    .default(MIB)
    .describe(
      'a changed file up to this size goes out at once with its entry; a larger one is asked for and sent in parts',
    ),
  bulkLimitBytes: z
    .number()
    .min(0)
    .default(0)
    .describe(
      'most bytes that this host sends to each other host in a second, saves of single files not counted; 0: no limit',
    ),
  trash: z
    .strictObject({
      maxAgeDays: z.number().min(0).default(30).describe('replaced and deleted files are kept this long'),
      maxBytes: z
        .number()
        .min(0)
        .default(10 * 1024 * MIB)
        .describe('of each root; beyond it the oldest go first'),
    })
    .prefault({})
    .describe('how long and how much of what was replaced or deleted is kept'),
  ignore: z
    .array(z.string())
    .default([])
    .describe('more rules in gitignore syntax, for all roots, after the built-in ones'),
  useGitignore: z.boolean().default(false).describe('whether .gitignore files count as ignore rules'),
  conflictPolicy: z
    .enum(['keep-both'])
    .default('keep-both')
    .describe('keep-both: one content stays at the path, the other goes to .dsync/conflicts, on every host'),
  massDelete: z
    .strictObject({
      min: z.int().min(1).default(50).describe('fewer deletes in one pass never wait'),
      percent: z.number().min(0).max(100).default(25).describe('of a root; fewer deletes in one pass never wait'),
    })
    .prefault({})
    .describe('a pass that would delete more than both waits for `dsync approve`'),
  saveSessionMinutes: z
    .number()
    .min(0)
    .max(24 * 60)
    .default(5)
    .describe('a terminal session in tmux that has changed is saved this often, and sent to linked hosts; 0: never'),
  logLevel: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .default('info')
    .describe('least level that is logged'),
});
export type Settings = z.infer<typeof settingsSchema>;

/** @throws {DsyncError} BAD_INPUT with file and line; the file is the user's */
export function readSettings(home: Home): Settings {
  return readSettingsFile(childPath(home.config, 'settings.json'), settingsSchema, { missing: {}, code: 'BAD_INPUT' });
}
