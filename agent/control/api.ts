/**
 * What a running agent can be asked over its unix socket: one schema for the wire, the types and `--json`.
 *
 * A connection's first line decides what it is. `{"open":"control"}`: lines of JSON follow, requests
 * `{id, method, params}`, replies `{id, result}` or `{id, error}`, and for streaming methods any number of
 * `{id, event}` before the reply; `{cancel: id}` aborts a call that runs. `{"open":"link"}`: everything after the line's newline is the link protocol.
 * `{"open":"pair"}`: the door is open to one host that is to be paired (engine/pair-door.ts).
 * Fields are only ever added.
 *
 * @module
 */
import * as z from 'zod';

export const problemSchema = z.object({
  path: z.string().describe('path inside the root; empty for the root itself'),
  code: z.string().describe('stable, such as PERMISSION, DISK_FULL, NAME_INVALID, SPECIAL_FILE'),
  cause: z.string(),
  cure: z.string(),
  at: z.number().describe('milliseconds since 1970'),
});
export type Problem = z.infer<typeof problemSchema>;

const amountSchema = z.object({ files: z.number(), bytes: z.number() });

export const transferSchema = z.object({
  files: z.number().describe('done and to do, as far as is known; deletions count, folders do not'),
  filesDone: z.number(),
  bytes: z.number().describe('content, done and to do'),
  bytesDone: z.number().describe('also what was there already and had only to be compared'),
  bytesPerSecond: z.number().describe('of bytesDone, over the last 5 seconds'),
  leftMs: z.number().optional().describe('absent while nothing moves'),
  inFlight: z
    .array(z.object({ path: z.string(), bytes: z.number(), bytesDone: z.number() }))
    .describe('large files of which a part is there'),
});
export type Transfer = z.infer<typeof transferSchema>;

/** Of one root with one host, in both directions. */
const trafficSchema = z.object({
  sending: transferSchema.optional().describe('absent while there is nothing to send'),
  receiving: transferSchema.optional().describe('absent while there is nothing to receive'),
  sent: amountSchema.describe('files whose content went there since the agent started'),
  received: amountSchema.describe('files that came from there and were applied here since the agent started'),
});

export const peerStatusSchema = z.object({
  host: z.string(),
  state: z.enum(['in-sync', 'syncing', 'offline', 'paused', 'refused']),
  reason: z.string().optional().describe('why it is not in sync'),
  toSend: z.number().describe('entries this host has yet to send or get acknowledged'),
  toReceive: z.number().describe('entries known to be needed from there'),
  toReceiveBytes: z.number(),
  lastAckAt: z.number().optional(),
  ...trafficSchema.partial().shape,
});

export const rootStatusSchema = z.object({
  id: z.string(),
  name: z.string(),
  path: z.string(),
  state: z.enum(['in-sync', 'syncing', 'scanning', 'paused', 'halted', 'offline', 'local-only']),
  reason: z.string().optional(),
  cure: z.string().optional(),
  files: z.number(),
  folders: z.number(),
  bytes: z.number(),
  watch: z.object({ method: z.string(), watches: z.number(), unwatched: z.number() }),
  apply: z.object({ method: z.enum(['exchange', 'link']) }),
  peers: z.array(peerStatusSchema),
  latency: z
    .object({ count: z.number(), p50Ms: z.number(), p95Ms: z.number() })
    .describe('save to visible on the other host, half the acknowledgement round trip taken off; last 500 saves'),
  problems: z.array(problemSchema),
  skipped: z.array(z.object({ path: z.string(), kind: z.string() })).describe('sockets, pipes and devices'),
  conflicts: z.number(),
  heldDeletes: z.number().describe('deletes that wait for `dsync approve`'),
});
export type RootStatus = z.infer<typeof rootStatusSchema>;

export const hostStatusSchema = z.object({
  name: z.string(),
  destination: z.string(),
  state: z.enum(['connected', 'connecting', 'offline', 'paused']),
  transport: z.string().optional().describe('ssh2, openssh, paired or incoming'),
  version: z.string().optional().describe('of the agent there, while it is linked'),
  rttMs: z.number().optional(),
  stripes: z.number().optional().describe('channels of SSH for bulk beside the first; none where the way is short'),
  since: z.number().optional(),
  error: z.object({ code: z.string(), message: z.string(), cure: z.string() }).optional(),
});
export type HostStatus = z.infer<typeof hostStatusSchema>;

export const statusSchema = z.object({
  version: z.string(),
  hostName: z.string(),
  hostId: z.string(),
  pid: z.number(),
  startedAt: z.number(),
  state: z
    .enum(['in-sync', 'syncing', 'offline', 'paused', 'attention', 'idle'])
    .describe('the worst of all roots; idle: no roots'),
  hosts: z.array(hostStatusSchema),
  roots: z.array(rootStatusSchema),
  configProblems: z
    .array(z.object({ file: z.string(), line: z.number(), cause: z.string(), cure: z.string() }))
    .optional()
    .describe('lines of the configuration that are not in force'),
  loop: z.object({ maxBlockedMs: z.number() }).describe('longest time the event loop was blocked since the last look'),
  memoryBytes: z.number(),
});
export type Status = z.infer<typeof statusSchema>;

export const conflictSchema = z.object({
  root: z.string(),
  path: z.string().describe('the path in the root where the winner stands'),
  copy: z.string().describe('the path in the root of the conflict copy'),
  author: z.string().describe('host whose content the copy holds'),
  at: z.string(),
  sizeBytes: z.number(),
});
export type Conflict = z.infer<typeof conflictSchema>;

export const trashedSchema = z.object({
  root: z.string(),
  path: z.string(),
  trashedAt: z.string().describe('UTC, 20261121T053312Z'),
  sizeBytes: z.number(),
  stored: z.string().describe('absolute path of the kept file'),
});
export const rootProgressSchema = z.object({
  root: z.string(),
  path: z.string(),
  state: rootStatusSchema.shape.state,
  problems: z.number(),
  peers: z.array(
    peerStatusSchema
      .pick({ host: true, state: true, reason: true, toSend: true, toReceive: true })
      .extend(trafficSchema.partial().shape),
  ),
});
export type RootProgress = z.infer<typeof rootProgressSchema>;

export type Trashed = z.infer<typeof trashedSchema>;

export const eventSchema = z.object({
  at: z.number(),
  kind: z.enum(['sent', 'acked', 'applied', 'deleted', 'conflict', 'problem', 'link', 'state']),
  root: z.string().optional(),
  host: z.string().optional(),
  path: z.string().optional(),
  sizeBytes: z.number().optional(),
  latencyMs: z.number().optional().describe('of an acked save: change seen until visible there'),
  text: z.string().optional(),
});
export type AgentEvent = z.infer<typeof eventSchema>;

const rootOption = z.object({ root: z.string().optional().describe('name, id or path of a root; all if absent') });

/** Params and result by method; `event` is what a streaming method sends before its result. */
export const methods = {
  ping: {
    params: z.object({}),
    result: z.object({ pid: z.number(), version: z.string(), hostId: z.string(), hostName: z.string() }),
  },
  status: { params: z.object({}), result: statusSchema },
  /** The part of the status that changes while something is under way, cheap enough to be asked for often. */
  progress: { params: rootOption, result: z.object({ roots: z.array(rootProgressSchema) }) },
  stop: { params: z.object({}), result: z.object({}) },
  reload: { params: z.object({}), result: z.object({}) },
  sync: {
    params: rootOption.extend({
      scanOnly: z.boolean().optional().describe('look at the disk, and leave the links as they are'),
    }),
    result: z.object({ roots: z.array(z.object({ root: z.string(), changes: z.number(), problems: z.number() })) }),
  },
  wait: {
    params: z.object({
      path: z.string().optional().describe('absolute path in a root; all roots if absent'),
      host: z.string().optional().describe('only until this one has it; all hosts if absent'),
      timeoutMs: z.number().optional(),
      once: z.boolean().optional().describe('say how it is as soon as all hosts have answered, in sync or not'),
    }),
    result: z.object({ inSync: z.boolean(), reason: z.string().optional() }),
  },
  verify: {
    params: rootOption.extend({ host: z.string().optional().describe('only with this one; all hosts if absent') }),
    result: z.object({
      roots: z.array(
        z.object({
          root: z.string(),
          host: z.string(),
          equal: z.boolean(),
          ours: z.string().describe('digest'),
          theirs: z.string().describe('digest'),
          entries: z.number(),
          differences: z.array(z.object({ path: z.string(), ours: z.string(), theirs: z.string() })),
        }),
      ),
    }),
  },
  route: {
    params: z.object({ host: z.string() }),
    result: z.object({
      destination: z.string().describe('what ssh connects to'),
      command: z.string().describe('how dsync is called there; arguments follow'),
    }),
  },
  /** Sends what has changed in `state/parcels/out` to the linked hosts. */
  publish: { params: z.object({}), result: z.object({}) },
  pause: {
    params: z.object({ target: z.string().optional().describe('a root or a host; all if absent') }),
    result: z.object({ paused: z.array(z.string()) }),
  },
  resume: { params: z.object({ target: z.string().optional() }), result: z.object({ resumed: z.array(z.string()) }) },
  approve: { params: rootOption, result: z.object({ approved: z.number() }) },
  reject: { params: rootOption, result: z.object({ rejected: z.number() }) },
  held: {
    params: rootOption,
    result: z.object({ deletes: z.array(z.object({ root: z.string(), path: z.string() })) }),
  },
  conflicts: { params: rootOption, result: z.object({ conflicts: z.array(conflictSchema) }) },
  resolve: {
    params: z.object({ path: z.string().describe('absolute'), keep: z.enum(['mine', 'theirs', 'both']) }),
    result: z.object({ resolved: z.array(conflictSchema), kept: z.string() }),
  },
  trash: {
    params: z.object({ root: z.string().optional(), path: z.string().optional() }),
    result: z.object({ files: z.array(trashedSchema) }),
  },
  restore: {
    params: z.object({
      path: z.string().describe('absolute'),
      at: z.string().optional().describe('which of several: its trashedAt'),
    }),
    result: z.object({ restored: trashedSchema }),
  },
  ignored: {
    params: z.object({ path: z.string().describe('absolute') }),
    result: z.object({ ignored: z.boolean(), rule: z.string().optional(), source: z.string().optional() }),
  },
  events: { params: z.object({}), event: eventSchema, result: z.object({}) },
} as const;

export type Method = keyof typeof methods;
export type Params<M extends Method> = z.input<(typeof methods)[M]['params']>;
export type Result<M extends Method> = z.infer<(typeof methods)[M]['result']>;

/** What the engine offers and the socket serves; errors are DsyncErrors. */
export type AgentApi = {
  readonly [M in Exclude<Method, 'events' | 'stop'>]: (
    params: z.infer<(typeof methods)[M]['params']>,
    context: { readonly signal: AbortSignal },
  ) => Promise<Result<M>>;
} & {
  /** Calls `listener` until the signal aborts. */
  readonly events: (listener: (event: AgentEvent) => void, context: { readonly signal: AbortSignal }) => Promise<void>;
};
