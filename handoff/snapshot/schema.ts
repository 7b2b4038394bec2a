/**
 * A snapshot: a terminal session as it stood, in a form that another host can put up again. One file of JSON; scrollback
 * lies beside it, by hash.
 *
 * A reader refuses a larger major version; of a larger minor one it keeps the fields that it does not know. A kind that
 * it does not know counts as `unknown`, which is never started by itself.
 *
 * @module
 */
import * as z from 'zod';

export const FORMAT = 'dsync.handoff';
export const MAJOR = 1;
export const MINOR = 0;

/** Fields that a later dsync wrote stay, and nothing here reads them. */
type Known<T> = T extends readonly (infer Item)[]
  ? Known<Item>[]
  : T extends object
    ? { [Key in keyof T as string extends Key ? (unknown extends T[Key] ? never : Key) : Key]: Known<T[Key]> }
    : T;

/** 26 characters of Crockford's base 32, the time first: they sort as they were made. */
export const ulidSchema = z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'This is no ULID');
/** What keeps an agent apart from all others; not the hostname. */
const hostIdSchema = z.string().min(1).max(100);
const pathText = z.string().refine((text) => !text.includes('\0'), 'A path holds no NUL');
const absText = pathText.refine((text) => text.startsWith('/'), 'This should be an absolute path');
const insideText = pathText.refine(
  (text) => !text.startsWith('/') && !text.split('/').includes('..'),
  'This should be a path inside a folder',
);
const timeText = z.iso.datetime();
const portNumber = z.int().min(1).max(65_535);
const countNumber = z.int().min(0);

/** May hold `${root:ID}` and `${home}`, each where an absolute path stood; `$${` is a plain `${`. */
const templateText = z.string();

/** A place such that it can be found on another host. */
export const pathRefSchema = z.union([
  z.strictObject({ root: z.string().min(1), rel: insideText }).describe('inside a synced root'),
  z.strictObject({ home: insideText }).describe('inside the home folder'),
  z.strictObject({ abs: absText }),
]);
export type PathRef = Known<z.infer<typeof pathRefSchema>>;

/** Kept as `blobs/<sha256>.gz` beside the snapshot; the hash is of the text before it was packed. */
export const blobRefSchema = z.looseObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'This is no SHA-256'),
  bytes: countNumber,
  encoding: z.literal('gzip'),
});

const hostSchema = z.looseObject({
  id: hostIdSchema,
  name: z.string().min(1).describe('as it is called in the settings'),
  user: z.string(),
  home: absText,
  os: z.string().describe('linux, darwin'),
  arch: z.string(),
  tz: z.string(),
});
export type SnapshotHost = Known<z.infer<typeof hostSchema>>;

export const PROCESS_KINDS = [
  'shell',
  'service',
  'task',
  'editor',
  'repl',
  'remote',
  'agent',
  'monitor',
  'pager',
  'container',
  'unknown',
] as const;
export const POLICIES = ['auto', 'confirm', 'prefill', 'skip'] as const;

export const restartSchema = z.looseObject({
  policy: z
    .enum(POLICIES)
    .catch('prefill')
    .describe('auto: started; confirm and prefill: typed in, for a person to press Enter; skip: a shell alone'),
  command: templateText.describe('a line for the shell of the pane'),
  via: z.enum(['typed', 'script', 'argv', 'title', 'config']).describe('where the line comes from'),
  reason: z.string().describe('why this policy'),
});
export type Restart = Known<z.infer<typeof restartSchema>>;

export const processSchema = z.looseObject({
  kind: z.enum(PROCESS_KINDS).catch('unknown'),
  typed: templateText.nullable().describe('the line as it was typed, if the shell hook runs there'),
  script: z
    .looseObject({
      runner: z.string().describe('npm, pnpm, yarn, bun'),
      name: z.string(),
      dir: pathRefSchema,
      args: z.array(templateText).nullable(),
    })
    .nullable()
    .describe('the package script that runs, from its environment'),
  argv: z.array(templateText),
  argvTrusted: z.boolean().describe('false where the program wrote over its own arguments'),
  exe: z.string(),
  cwd: pathRefSchema,
  env: z.record(z.string(), templateText).describe('what its environment has beside what its shell was given'),
  redacted: z.array(z.string()).describe('names of variables that look secret; their values are not kept'),
  startedAt: timeText,
  agent: z
    .looseObject({ tool: z.string(), sessionId: z.string(), transcript: pathRefSchema.nullable() })
    .nullable()
    .describe('an assistant in the terminal whose talk can be taken up again'),
  restart: restartSchema,
});
export type SnapshotProcess = Known<z.infer<typeof processSchema>>;

export const paneSchema = z.looseObject({
  key: ulidSchema.describe('the same on every host; kept in the pane option @dsync_pane'),
  index: countNumber,
  title: z.string(),
  cwd: pathRefSchema,
  cols: countNumber,
  rows: countNumber,
  options: z.record(z.string(), z.string()),
  idle: z.boolean().describe('the shell waits at its prompt'),
  dead: z.looseObject({ status: z.int() }).nullable(),
  altScreen: z.boolean(),
  shell: z.string().describe('the program that waits for commands there; empty where there is none'),
  scrollback: z.looseObject({ blob: blobRefSchema, lines: countNumber }).nullable(),
  history: z.array(templateText).describe('lines typed there, the youngest last, if the shell hook runs there'),
  process: processSchema.nullable(),
});
export type SnapshotPane = Known<z.infer<typeof paneSchema>>;

export const windowSchema = z.looseObject({
  index: countNumber,
  name: z.string(),
  autoRename: z.boolean().nullable().describe('null: as the session has it'),
  layout: z.string().describe('as tmux writes it, unzoomed, with its checksum'),
  origin: z
    .looseObject({ layout: z.string(), cols: countNumber, rows: countNumber, host: hostIdSchema })
    .describe('as a person laid it out, before it was scaled to another terminal'),
  zoomed: z.boolean(),
  activePane: countNumber.describe('index of a pane'),
  lastPane: countNumber.nullable(),
  options: z.record(z.string(), z.string()),
  panes: z.array(paneSchema).min(1, 'A window has at least one pane'),
});
export type SnapshotWindow = Known<z.infer<typeof windowSchema>>;

export const sessionSchema = z.looseObject({
  key: ulidSchema.describe('the same on every host; kept in the session option @dsync_session'),
  name: z.string().min(1),
  group: z.string().nullable().describe('sessions of one group share their windows'),
  cwd: pathRefSchema,
  env: z.record(z.string(), templateText),
  redacted: z.array(z.string()),
  options: z.record(z.string(), z.string()),
  attached: z.boolean(),
  size: z.looseObject({ cols: z.int().min(1), rows: z.int().min(1) }),
  activeWindow: countNumber,
  lastWindow: countNumber.nullable(),
  windows: z.array(windowSchema).min(1, 'A session has at least one window'),
});
export type SnapshotSession = Known<z.infer<typeof sessionSchema>>;

export const serviceSchema = z.looseObject({
  id: z.string().min(1),
  pane: ulidSchema.nullable().describe('null: it belongs to no pane'),
  name: z.string(),
  command: templateText,
  cwd: pathRefSchema,
  env: z.record(z.string(), templateText),
  listens: z
    .array(z.looseObject({ port: portNumber, address: z.string(), proto: z.enum(['tcp', 'udp']) }))
    .min(1, 'A service listens on at least one port'),
  health: z.looseObject({ kind: z.enum(['tcp', 'http']), port: portNumber, path: z.string().optional() }),
  after: z.array(z.string()).describe('ids of services that are ready before'),
  envPort: z.string().nullable().describe('the variable that tells it its port'),
  startedBy: z
    .enum(['shell', 'dlaunch', 'script', 'unknown'])
    .catch('unknown')
    .describe('who started it: somebody at a prompt, dlaunch, or a package script'),
  launch: z
    .looseObject({ project: z.string(), command: z.string() })
    .nullable()
    .describe('the configuration of dlaunch that it was started from'),
  pids: z.array(countNumber).describe('there and then'),
  foreground: z.boolean().describe('it has the terminal of its pane, and so starts with it'),
  policy: z.enum(POLICIES).catch('prefill'),
  reason: z.string(),
  stop: z.looseObject({ signal: z.enum(['SIGINT', 'SIGTERM']), graceMs: countNumber }),
});
export type SnapshotService = Known<z.infer<typeof serviceSchema>>;

export const editorSchema = z.looseObject({
  pane: ulidSchema.nullable(),
  app: z.enum(['nvim', 'vim', 'helix', 'emacs', 'nano', 'vscode', 'other']).catch('other'),
  files: z.array(z.looseObject({ path: pathRefSchema, line: z.int().nullable() })),
  unsaved: z.array(templateText).describe('files with changes that are only in the editor'),
});
export type SnapshotEditor = Known<z.infer<typeof editorSchema>>;

export const gitSchema = z.looseObject({
  root: z.string().nullable().describe('the synced root that it lies in'),
  dir: pathRefSchema,
  head: z.string().describe('object id; empty before the first commit'),
  branch: z.string().nullable(),
  upstream: z.string().nullable(),
  ahead: countNumber,
  behind: countNumber,
  dirty: z.looseObject({ staged: countNumber, unstaged: countNumber, untracked: countNumber }),
  op: z.enum(['none', 'merge', 'rebase', 'cherry-pick', 'revert', 'bisect', 'am']).catch('none'),
  stashes: z.array(z.looseObject({ ref: z.string(), oid: z.string(), message: z.string() })),
  remote: z.string().nullable().describe('host/owner/repo'),
});
export type SnapshotGit = Known<z.infer<typeof gitSchema>>;

export const toolSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  from: z.string().describe('what asks for it: .nvmrc, mise.toml, venv, direnv'),
  dir: pathRefSchema,
  hash: z.string().optional().describe('of the file that asks for it'),
});

const ownershipSchema = z.looseObject({
  owner: hostIdSchema,
  epoch: countNumber,
  state: z.enum(['active', 'preparing', 'committed', 'returned', 'taken-over']),
  since: timeText,
});
export type SnapshotOwnership = Known<z.infer<typeof ownershipSchema>>;

const rootSchema = z.looseObject({
  id: z.string().min(1),
  name: z.string(),
  paths: z.record(hostIdSchema, absText).describe('by host'),
  identity: z.looseObject({ remote: z.string().nullable(), subdir: z.string() }),
});

export const warningSchema = z.looseObject({ code: z.string(), where: z.string(), text: z.string() });
export type SnapshotWarning = Known<z.infer<typeof warningSchema>>;

export const snapshotSchema = z.looseObject({
  format: z.literal(FORMAT),
  version: z.looseObject({ major: z.literal(MAJOR), minor: countNumber }),
  id: ulidSchema,
  parentId: ulidSchema.nullable().describe('the snapshot that this session was put up from'),
  sessionKey: ulidSchema.describe('the same for all snapshots of one piece of work, on every host'),
  name: z.string().nullable().describe('as the user called it'),
  createdAt: timeText,
  trigger: z.enum(['manual', 'switch', 'auto', 'detach']).catch('manual'),
  complete: z.boolean().describe('nothing of it could not be seen'),
  warnings: z.array(warningSchema),
  checksum: z.string().describe('`sha256:` of the snapshot without this field, keys sorted'),
  producer: z.looseObject({
    dsync: z.string(),
    node: z.string(),
    mux: z.looseObject({ kind: z.enum(['tmux', 'none']), version: z.string(), socket: z.string() }),
  }),
  source: hostSchema,
  target: hostSchema.nullable(),
  ownership: ownershipSchema.nullable(),
  roots: z.array(rootSchema),
  git: z.array(gitSchema),
  tools: z.array(toolSchema),
  shell: z.looseObject({
    path: z.string(),
    kind: z.enum(['bash', 'zsh', 'fish', 'other']).catch('other'),
    cwd: pathRefSchema,
    history: z.array(templateText).describe('the last lines, the youngest last; none that looks secret'),
  }),
  mux: z.looseObject({
    sessions: z.array(sessionSchema),
    lastSession: z.string().nullable().describe('name of the one that was used last'),
  }),
  processes: z.array(processSchema).describe('without tmux: what runs below the shell that asked; else empty'),
  services: z.array(serviceSchema),
  editors: z.array(editorSchema),
});
export type Snapshot = Known<z.infer<typeof snapshotSchema>>;
