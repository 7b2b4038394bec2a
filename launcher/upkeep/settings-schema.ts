import * as z from 'zod';

/** launcher.json. */
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
