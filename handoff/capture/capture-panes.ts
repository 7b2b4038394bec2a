/**
 * Sessions, windows and panes of tmux with what runs in them.
 *
 * @module
 */
import { DsyncError } from '../../platform/failure.ts';
import { refOfPath, templateOf } from '../snapshot/path-ref.ts';
import {
  type SnapshotEditor,
  type SnapshotHost,
  type SnapshotPane,
  type SnapshotSession,
  type SnapshotWarning,
  type SnapshotWindow,
  ulidSchema,
} from '../snapshot/schema.ts';
import { createUlid } from '../snapshot/ulid.ts';
import { countLeaves, parseLayout } from '../tmux/layout.ts';
import { originOf } from '../tmux/origin.ts';
import type { TmuxServer } from '../tmux/server.ts';
import { capturePane, locate, type PaneLook, type Question } from './capture-pane.ts';
import { isCarried } from './environment.ts';
import { type Foreground, foregroundOf } from './foreground.ts';
import type { ProcessTable } from './process-table.ts';
import { keepScrollback } from './scrollback.ts';
import { isSecretVariable } from './secrets.ts';
import type { TmuxPane, TmuxSession, TmuxWindow } from './tmux-state.ts';

export interface Captured {
  readonly sessions: SnapshotSession[];
  readonly editors: SnapshotEditor[];
  readonly warnings: SnapshotWarning[];
  readonly lastSession: string | null;
  readonly sessionKey: string | undefined;
  readonly parentId: string | undefined;
}

/** Each pane once, also where sessions of a group share it. */
export function lookAtPanes(table: ProcessTable, sessions: readonly TmuxSession[]): PaneLook[] {
  const panes = new Map(
    sessions.flatMap(({ windows }) => windows.flatMap((window) => window.panes)).map((pane) => [pane.pane_id, pane]),
  );
  return [...panes.values()].map((pane) => {
    const pid = Number(pane.pane_pid);
    const foreground: Foreground = pane.pane_dead === '1' ? { kind: 'nothing' } : foregroundOf(table, pid);
    const shell = foreground.kind === 'nothing' ? undefined : foreground.shell;
    const own = shell === undefined ? undefined : table.cwdOf(shell.pid);
    const cwd = own ?? (pane.pane_current_path || pane.pane_start_path || '/');
    return { id: pane.pane_id, key: keyOr(pane['@dsync_pane']), pid, foreground, cwd };
  });
}

export async function capturePanes(question: Question): Promise<Captured> {
  const { options, server, sessions, look } = question;
  const keys = new Map(sessions.map((session) => [session.session_id, keyOr(session['@dsync_session'])]));
  const work =
    sessions.map((session) => session['@dsync_work']).find((key) => ulidSchema.safeParse(key).success) ?? createUlid();
  await mark(server, sessions, look, keys, work);
  const shown = look.map(({ id, foreground }) => shownPane(id, foreground, sessions));
  const scrollback = options.scrollback === false ? new Map() : await keepScrollback(options.home, server, shown);
  const taken = new Set<string>();
  const captures = new Map(look.map((one) => [one.id, capturePane(question, one, taken)]));
  const paneOf = (pane: TmuxPane): SnapshotPane => {
    const found = captures.get(pane.pane_id);
    if (found === undefined) throw new DsyncError('INTERNAL', `The pane ${pane.pane_id} was not looked at`);
    return { ...found.pane, scrollback: scrollback.get(pane.pane_id) ?? null };
  };
  const lastUsed = (session: TmuxSession): number => Number(session.session_last_attached || session.session_activity);
  const [last] = sessions.toSorted(
    (a, b) => Number(b.session_attached) - Number(a.session_attached) || lastUsed(b) - lastUsed(a),
  );
  const parent = sessions.map((session) => session['@dsync_parent']).find((id) => ulidSchema.safeParse(id).success);
  return {
    sessions: sessions.map((session) =>
      captureSession(session, keys.get(session.session_id) ?? createUlid(), paneOf, question),
    ),
    editors: [...captures.values()].flatMap(({ editor }) => (editor === undefined ? [] : [editor])),
    warnings: [...captures.values()].flatMap(({ warnings }) => warnings),
    lastSession: last?.session_name ?? null,
    sessionKey: work,
    parentId: parent,
  };
}

/** Names that stay, so that the same session is known again, here and on other hosts. */
async function mark(
  server: TmuxServer,
  sessions: readonly TmuxSession[],
  look: readonly PaneLook[],
  keys: ReadonlyMap<string, string>,
  work: string,
): Promise<void> {
  const marked = new Set(
    sessions.flatMap(({ windows }) =>
      windows.flatMap(({ panes }) => panes.filter((pane) => pane['@dsync_pane'] !== '').map((pane) => pane.pane_id)),
    ),
  );
  const commands = [
    ...sessions.flatMap((session) => [
      ...(session['@dsync_session'] === ''
        ? [['set-option', '-t', session.session_id, '@dsync_session', keys.get(session.session_id) ?? '']]
        : []),
      ...(session['@dsync_work'] === work ? [] : [['set-option', '-t', session.session_id, '@dsync_work', work]]),
    ]),
    ...look
      .filter(({ id }) => !marked.has(id))
      .map(({ id, key }) => ['set-option', '-p', '-t', id, '@dsync_pane', key]),
  ];
  if (commands.length > 0) await server.expectAll(commands);
}

function captureSession(
  session: TmuxSession,
  key: string,
  paneOf: (pane: TmuxPane) => SnapshotPane,
  { setting, host }: Question,
): SnapshotSession {
  const { places } = setting;
  const carried = Object.entries(session.environment).filter(([name]) => isCarried(name));
  const active = session.windows.find(({ window_active }) => window_active === '1') ?? session.windows[0];
  const last = session.windows.find(({ window_last_flag }) => window_last_flag === '1');
  return {
    key,
    name: session.session_name,
    group: session.session_group || null,
    cwd: refOfPath(session.session_path || '/', places),
    env: Object.fromEntries(
      carried
        .filter(([name, value]) => !isSecretVariable(name, value))
        .map(([name, value]) => [name, templateOf(value, places)]),
    ),
    redacted: carried.flatMap(([name, value]) => (isSecretVariable(name, value) ? [name] : [])),
    options: session.options,
    attached: session.session_attached !== '0',
    size: { cols: Number(active?.window_width ?? 80), rows: Number(active?.window_height ?? 24) },
    activeWindow: Number(active?.window_index ?? 0),
    lastWindow: last === undefined ? null : Number(last.window_index),
    windows: session.windows.map((window) => captureWindow(window, paneOf, host)),
  };
}

function captureWindow(
  window: TmuxWindow,
  paneOf: (pane: TmuxPane) => SnapshotPane,
  host: SnapshotHost,
): SnapshotWindow {
  const { 'automatic-rename': rename, ...options } = window.options;
  const active = window.panes.find(({ pane_active }) => pane_active === '1');
  const last = window.panes.find(({ pane_last }) => pane_last === '1');
  const layout = parseLayout(window.window_layout);
  if (layout === undefined || countLeaves(layout) !== window.panes.length)
    throw new DsyncError(
      'COMMAND_FAILED',
      `The layout of window ${window.window_index} is not understood: ${window.window_layout}`,
    );
  const own = {
    layout: window.window_layout,
    cols: Number(window.window_width),
    rows: Number(window.window_height),
    host: host.id,
  };
  return {
    index: Number(window.window_index),
    name: window.window_name,
    autoRename: rename === undefined ? null : rename === 'on',
    layout: window.window_layout,
    origin: originOf(window['@dsync_origin'], own),
    zoomed: window.window_zoomed_flag === '1',
    activePane: Number(active?.pane_index ?? window.panes[0]?.pane_index ?? 0),
    lastPane: last === undefined ? null : Number(last.pane_index),
    options,
    panes: window.panes.map(paneOf),
  };
}

function shownPane(id: string, foreground: Foreground, sessions: readonly TmuxSession[]) {
  const { pane } = locate(sessions, id);
  return {
    id,
    promptLine: foreground.kind === 'prompt' ? Number(pane.cursor_y) : undefined,
    historySize: Number(pane.history_size),
    altScreen: pane.alternate_on === '1',
  };
}

function keyOr(text: string): string {
  return ulidSchema.safeParse(text).success ? text : createUlid();
}
