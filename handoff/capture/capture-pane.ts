/**
 * One pane of tmux: what runs there, and what is open in it.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { DsyncError } from '../../platform/failure.ts';
import type { CaptureOptions } from '../session.ts';
import { refOfPath, templateOf } from '../snapshot/path-ref.ts';
import type { SnapshotEditor, SnapshotHost, SnapshotPane, SnapshotWarning } from '../snapshot/schema.ts';
import type { TmuxServer } from '../tmux/server.ts';
import { talkIn } from './agent-talk.ts';
import { describeProcess, type Setting } from './describe-process.ts';
import { openFiles } from './editors.ts';
import { type Foreground, isPromptShell } from './foreground.ts';
import { kindOf } from './kind.ts';
import type { ProcessTable } from './process-table.ts';
import type { FoundService } from './services.ts';
import type { TmuxPane, TmuxSession, TmuxWindow } from './tmux-state.ts';
import { typedHistory, typedLine } from './typed-lines.ts';

/** What the system says of a pane's processes. */
export interface PaneLook {
  /** Of tmux. */
  readonly id: string;
  readonly key: string;
  readonly pid: number;
  readonly foreground: Foreground;
  /** Where commands are given there. */
  readonly cwd: string;
}

export interface Question {
  readonly options: CaptureOptions;
  readonly setting: Setting;
  readonly server: TmuxServer;
  readonly sessions: readonly TmuxSession[];
  readonly look: readonly PaneLook[];
  readonly services: readonly FoundService[];
  readonly host: SnapshotHost;
}

export interface PaneCapture {
  readonly pane: SnapshotPane;
  readonly editor: SnapshotEditor | undefined;
  readonly warnings: readonly SnapshotWarning[];
}

/** @param taken talks of assistants that other panes have; this one's is added */
export function capturePane(
  { options, setting, sessions, services, host }: Question,
  { id, key, pid, foreground, cwd }: PaneLook,
  taken: Set<string>,
): PaneCapture {
  const { table, places } = setting;
  const { session, window, pane } = locate(sessions, id);
  const where = `${session.session_name}:${window.window_index}.${pane.pane_index}`;
  const shell = foreground.kind === 'nothing' ? undefined : foreground.shell;
  const service = services.find((one) => one.pane === id && one.isForeground);
  const run = service?.run ?? (foreground.kind === 'command' ? runOf(services, id) : undefined);
  const argv = foreground.kind === 'command' ? table.argvOf(foreground.leader.pid).argv : [];
  const talk =
    foreground.kind === 'command' && kindOf(argv) === 'agent'
      ? talkIn(cwd, host.home, foreground.leader.startedMs, taken)
      : undefined;
  if (talk !== undefined) taken.add(talk.sessionId);
  const process =
    foreground.kind !== 'command'
      ? null
      : describeProcess(
          {
            leader: foreground.leader,
            parts: foreground.parts,
            base: foreground.shell ?? table.byPid.get(pid),
            cwd: commandFolder(table, foreground.leader.pid, cwd),
            typed: shell === undefined ? undefined : typedLine(options.home, shell),
            ports: [...new Set(service?.listens.map(({ port }) => port) ?? [])].sort((a, b) => a - b),
            launch: run === undefined ? undefined : { line: run.line, folder: run.folder },
            agent:
              talk === undefined
                ? null
                : { tool: talk.tool, sessionId: talk.sessionId, transcript: refOfPath(talk.path, places) },
          },
          setting,
        );
  const first = table.byPid.get(pid);
  const firstShell = first !== undefined && isPromptShell(table.argvOf(pid)) ? table.exeOf(pid) : '';
  const opened =
    process?.kind === 'editor' && foreground.kind === 'command'
      ? openFiles(table, foreground.leader.pid, { cwd, home: host.home, user: host.user })
      : undefined;
  const status = pane.pane_dead_status === '' ? 0 : Number(pane.pane_dead_status);
  return {
    pane: {
      key,
      index: Number(pane.pane_index),
      title: pane.pane_title,
      cwd: refOfPath(cwd, places),
      cols: Number(pane.pane_width),
      rows: Number(pane.pane_height),
      options: pane.options,
      idle: foreground.kind === 'prompt',
      dead: pane.pane_dead === '1' ? { status } : null,
      altScreen: pane.alternate_on === '1',
      shell: firstShell,
      scrollback: null,
      history: shell === undefined ? [] : typedHistory(options.home, shell).map((line) => templateOf(line, places)),
      process,
    },
    editor:
      opened === undefined
        ? undefined
        : {
            pane: key,
            app: opened.app,
            files: opened.files.map(({ path, line }) => ({ path: refOfPath(path, places), line })),
            unsaved: opened.unsaved.map((path) => templateOf(path, places)),
          },
    warnings: (opened?.unsaved ?? []).map((path) => ({
      code: 'UNSAVED',
      where,
      text: `${path} has changes that are only in ${opened?.app ?? 'its editor'}`,
    })),
  };
}

/**
 * Where the arguments of a command are right: where it runs, which is another folder than its shell's for
 * `(cd app && npm start)`; but its shell's where it went elsewhere by itself, as its arguments show.
 */
function commandFolder(table: ProcessTable, pid: number, shellFolder: string): string {
  const own = table.cwdOf(pid);
  if (own === undefined || own === shellFolder) return shellFolder;
  const paths = table
    .argvOf(pid)
    .argv.slice(1)
    .filter((word) => !/^[-/]/.test(word));
  const isShells = paths.some((path) => existsSync(`${shellFolder}/${path}`) && !existsSync(`${own}/${path}`));
  return isShells ? shellFolder : own;
}

/** A command of dlaunch that listens nowhere is known by what it started. */
function runOf(services: readonly FoundService[], pane: string): FoundService['run'] {
  return services.find((one) => one.pane === pane && one.run?.how.kind === 'tmux' && one.run.how.pane === pane)?.run;
}

export function locate(
  sessions: readonly TmuxSession[],
  id: string,
): { session: TmuxSession; window: TmuxWindow; pane: TmuxPane } {
  for (const session of sessions)
    for (const window of session.windows) {
      const pane = window.panes.find(({ pane_id }) => pane_id === id);
      if (pane !== undefined) return { session, window, pane };
    }
  throw new DsyncError('INTERNAL', `There is no pane ${id}`);
}
