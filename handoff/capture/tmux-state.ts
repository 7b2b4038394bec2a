/**
 * All that a tmux server says of its sessions, in two calls: which there are, and then what each of them holds.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { parseEnvironment, parseOptions } from '../tmux/options.ts';
import { joinCommands, parseRecords, recordFormat, type TmuxServer } from '../tmux/server.ts';
import { UNFINISHED } from '../tmux/unfinished.ts';

const SESSION_FIELDS = [
  'session_id',
  'session_name',
  'session_group',
  'session_path',
  'session_attached',
  'session_last_attached',
  'session_activity',
  '@dsync_session',
  '@dsync_work',
  '@dsync_parent',
  'status',
  'socket_path',
  'version',
] as const;
const WINDOW_FIELDS = [
  'session_id',
  'window_id',
  'window_index',
  'window_name',
  'window_layout',
  'window_zoomed_flag',
  'window_width',
  'window_height',
  'window_active',
  'window_last_flag',
  '@dsync_origin',
] as const;
const PANE_FIELDS = [
  'session_id',
  'window_id',
  'window_index',
  'pane_id',
  'pane_index',
  'pane_active',
  'pane_last',
  'pane_pid',
  'pane_tty',
  'pane_current_command',
  'pane_current_path',
  'pane_start_command',
  'pane_start_path',
  'pane_title',
  'alternate_on',
  'pane_dead',
  'pane_dead_status',
  'history_size',
  'cursor_x',
  'cursor_y',
  'pane_width',
  'pane_height',
  '@dsync_pane',
] as const;

type Fields<Names extends readonly string[]> = { readonly [Name in Names[number]]: string };

export type TmuxSession = Fields<typeof SESSION_FIELDS> & {
  readonly options: Record<string, string>;
  readonly environment: Record<string, string>;
  readonly windows: readonly TmuxWindow[];
};
export type TmuxWindow = Fields<typeof WINDOW_FIELDS> & {
  readonly options: Record<string, string>;
  readonly panes: readonly TmuxPane[];
};
export type TmuxPane = Fields<typeof PANE_FIELDS> & { readonly options: Record<string, string> };

/** Undefined where there is no tmux, no server, or no session. */
export async function readTmux(server: TmuxServer): Promise<TmuxSession[] | undefined> {
  // A window that closes between the two calls lets the second one fail: then both are made again.
  for (let tries = 0; ; tries++) {
    const lists = await listAll(server);
    if (lists === undefined) return undefined;
    try {
      return await readDetails(server, lists);
    } catch (error) {
      if (tries === 3) throw error;
    }
  }
}

interface Lists {
  readonly sessions: readonly Fields<typeof SESSION_FIELDS>[];
  readonly windows: readonly Fields<typeof WINDOW_FIELDS>[];
  readonly panes: readonly Fields<typeof PANE_FIELDS>[];
}

async function listAll(server: TmuxServer): Promise<Lists | undefined> {
  const commands = [
    ['list-sessions', '-F', recordFormat(['#{l:S}', ...SESSION_FIELDS])],
    ['list-windows', '-a', '-F', recordFormat(['#{l:W}', ...WINDOW_FIELDS])],
    ['list-panes', '-a', '-F', recordFormat(['#{l:P}', ...PANE_FIELDS])],
  ];
  const { code, stdout } = await server.run(joinCommands(commands));
  if (code !== 0) return undefined;
  const records = parseRecords(stdout);
  const of = (kind: string): string[][] => records.flatMap(([first, ...rest]) => (first === kind ? [rest] : []));
  const lists = {
    sessions: of('S')
      .map((record) => fieldsOf(SESSION_FIELDS, record))
      .filter(({ session_name }) => !session_name.startsWith(UNFINISHED)),
    windows: of('W').map((record) => fieldsOf(WINDOW_FIELDS, record)),
    panes: of('P').map((record) => fieldsOf(PANE_FIELDS, record)),
  };
  return lists.sessions.length === 0 ? undefined : lists;
}

async function readDetails(server: TmuxServer, { sessions, windows, panes }: Lists): Promise<TmuxSession[]> {
  const mark = randomBytes(9).toString('hex');
  const asked: string[][] = [];
  for (const { session_id: id } of sessions) {
    asked.push(['show-options', '-t', id], ['show-environment', '-t', id]);
  }
  // Sessions of one group list the same windows.
  const windowIds = [...new Set(windows.map(({ window_id }) => window_id))];
  for (const id of windowIds) asked.push(['show-options', '-w', '-t', id]);
  const paneIds = [...new Set(panes.map(({ pane_id }) => pane_id))];
  for (const id of paneIds) asked.push(['show-options', '-p', '-t', id]);
  const printed = await server.expectAll(asked.flatMap((command) => [command, ['display-message', '-p', mark]]));
  const parts = printed.split(`${mark}\n`);
  const optionsOfWindow = new Map(windowIds.map((id, i) => [id, parseOptions(parts[2 * sessions.length + i] ?? '')]));
  const firstPane = 2 * sessions.length + windowIds.length;
  const optionsOfPane = new Map(paneIds.map((id, i) => [id, parseOptions(parts[firstPane + i] ?? '')]));
  return sessions.map((session, i) => ({
    ...session,
    options: parseOptions(parts[2 * i] ?? ''),
    environment: parseEnvironment(parts[2 * i + 1] ?? ''),
    windows: windows
      .filter(({ session_id }) => session_id === session.session_id)
      .map((window) => ({
        ...window,
        options: optionsOfWindow.get(window.window_id) ?? {},
        panes: panes
          .filter((pane) => pane.session_id === session.session_id && pane.window_index === window.window_index)
          .map((pane) => ({ ...pane, options: optionsOfPane.get(pane.pane_id) ?? {} })),
      })),
  }));
}

function fieldsOf<const Names extends readonly string[]>(names: Names, record: readonly string[]): Fields<Names> {
  return Object.fromEntries(names.map((name, i) => [name, record[i] ?? ''])) as Fields<Names>;
}
