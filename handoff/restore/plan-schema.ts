/**
 * What is known of the host where a session goes, what will be done there, and what came of it. These cross between two
 * hosts, so each has a schema.
 *
 * @module
 */
import * as z from 'zod';
import { blobRefSchema } from '../snapshot/schema.ts';

const sizeSchema = z.object({ cols: z.int().min(1), rows: z.int().min(1) });

const noticeSchema = z.object({ where: z.string(), text: z.string(), cure: z.string() });
/** Something that a person should know before, or after. */
export type Notice = z.infer<typeof noticeSchema>;

/** Of this host, now, with respect to one snapshot. */
export const targetFactsSchema = z.object({
  host: z.object({ id: z.string(), name: z.string(), user: z.string(), home: z.string(), os: z.string() }),
  roots: z.array(z.object({ id: z.string(), name: z.string(), path: z.string() })).describe('of its agent'),
  projects: z.record(z.string(), z.string()).describe('where dlaunch knows a repository, by host/owner/repo'),
  pathMap: z.array(z.object({ from: z.string(), to: z.string() })).describe('as the user says; the first that fits'),
  terminal: sizeSchema.nullable().describe('the one that will show the session; null: nobody knows yet'),
  tmux: z
    .object({
      version: z.string(),
      socket: z.string(),
      sessions: z.array(z.object({ name: z.string(), key: z.string(), panes: z.array(z.string()) })),
    })
    .nullable()
    .describe('null: there is none; a server that does not run has no sessions'),
  folders: z.array(z.string()).describe('those of the snapshot that are there'),
  programs: z.array(z.string()).describe('first words of its commands that can be started here'),
  shells: z.record(z.string(), z.string()).describe('where bash, zsh, fish and others are, by name'),
  shell: z.string().describe('of this user'),
  busyPorts: z.array(z.object({ port: z.int(), by: z.string(), pid: z.int().nullable() })),
  notices: z.array(noticeSchema).describe('of tools that are wanted and missing, or of another version'),
});
export type TargetFacts = z.infer<typeof targetFactsSchema>;

export const ACTIONS = ['run', 'prefill', 'none'] as const;

const panePlanSchema = z.object({
  key: z.string(),
  where: z.string().describe('session:window.pane, as the user knows it'),
  state: z.enum(['create', 'present']).describe('present: it was put up before, and is left as it is'),
  title: z.string(),
  cwd: z.string(),
  history: z.array(z.string()).describe('given to its shell, the youngest last'),
  env: z.record(z.string(), z.string()),
  options: z.record(z.string(), z.string()),
  shell: z.string().describe('absolute'),
  scrollback: blobRefSchema.nullable(),
  action: z.enum(ACTIONS).describe('run: started; prefill: typed in, and not started; none: a shell alone'),
  command: z.string(),
  reason: z.string(),
  ports: z.array(z.int()).describe('where it will listen'),
  problem: z.string().describe('why it will not be as it was; empty where it will'),
});
export type PanePlan = z.infer<typeof panePlanSchema>;

const windowPlanSchema = z.object({
  index: z.int().min(0),
  name: z.string(),
  autoRename: z.boolean().nullable(),
  layout: z.string().describe('scaled'),
  origin: z.string().describe('as it was laid out, for the way back'),
  zoomed: z.boolean(),
  activePane: z.int().min(0).describe('place in `panes`'),
  lastPane: z.int().min(0).nullable(),
  options: z.record(z.string(), z.string()),
  panes: z.array(panePlanSchema),
});
export type WindowPlan = z.infer<typeof windowPlanSchema>;

const sessionPlanSchema = z.object({
  key: z.string(),
  from: z.string().describe('its name in the snapshot'),
  name: z.string().describe('its name here; another where that one is taken'),
  state: z.enum(['create', 'present']),
  group: z.string().nullable(),
  cwd: z.string(),
  env: z.record(z.string(), z.string()),
  options: z.record(z.string(), z.string()),
  size: sizeSchema,
  activeWindow: z.int().min(0),
  lastWindow: z.int().min(0).nullable(),
  windows: z.array(windowPlanSchema),
});
export type SessionPlan = z.infer<typeof sessionPlanSchema>;

const servicePlanSchema = z.object({
  id: z.string(),
  name: z.string(),
  pane: z.string().nullable(),
  command: z.string(),
  cwd: z.string(),
  env: z.record(z.string(), z.string()),
  action: z.enum(['with-pane', 'background', 'none']),
  after: z.array(z.string()),
  ports: z.array(z.int()),
  health: z.object({ kind: z.enum(['tcp', 'http']), port: z.int(), path: z.string().optional() }),
  problem: z.string(),
});
export type ServicePlan = z.infer<typeof servicePlanSchema>;

export const restorePlanSchema = z.object({
  snapshotId: z.string(),
  sessionKey: z.string(),
  socket: z.string().describe('of the tmux server; empty without tmux'),
  home: z.string(),
  cwd: z.string(),
  sessions: z.array(sessionPlanSchema),
  services: z.array(servicePlanSchema),
  attach: z.string().nullable().describe('name of the session to attach to; null without tmux'),
  notices: z.array(noticeSchema),
  obstacles: z.array(noticeSchema).describe('with one of these nothing is begun'),
});
export type RestorePlan = z.infer<typeof restorePlanSchema>;

export const restoreReportSchema = z.object({
  snapshotId: z.string(),
  complete: z.boolean().describe('everything stands as it did'),
  attach: z.string().nullable(),
  socket: z.string(),
  panes: z.array(
    z.object({
      where: z.string(),
      key: z.string(),
      outcome: z
        .enum(['restored', 'prefilled', 'present', 'skipped', 'failed'])
        .describe('skipped: a shell alone, where something ran'),
      command: z.string(),
      text: z.string().describe('why; empty where it is as it was'),
    }),
  ),
  services: z.array(
    z.object({
      name: z.string(),
      ports: z.array(z.int()),
      state: z.enum(['up', 'down', 'waiting']).describe('waiting: it runs, and does not answer yet'),
      text: z.string(),
    }),
  ),
  notices: z.array(noticeSchema),
});
export type RestoreReport = z.infer<typeof restoreReportSchema>;
