/**
 * Windows of the user's tmux. A window a command; it stays when the command ends, so that its last words can be read.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { type Captured, capture } from '../../platform/capture.ts';
import { DsyncError } from '../../platform/failure.ts';
import { quoteWord, quoteWords } from '../../platform/quote-words.ts';

export interface Pane {
  readonly id: string;
  readonly pid: number;
  readonly isDead: boolean;
  /** Exit code of what ended in it. */
  readonly status: number | undefined;
  readonly session: string;
}

export interface WindowOptions {
  readonly session: string;
  readonly window: string;
  readonly folder: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Gets all that the window prints. */
  readonly log?: string;
}

/** The name last: it alone may hold blanks. A client without UTF-8 would be given `_` for rarer characters. */
const PANE_FORMAT = '#{pane_id} #{pane_pid} #{pane_dead} #{pane_dead_status} #{session_name}';

export async function hasTmux(): Promise<boolean> {
  return (await tmux(['-V'])).code === 0;
}

/** The name that tmux makes of it: these two characters separate parts of a target. */
export function sessionName(project: string): string {
  return project.replace(/[.:\s#;=$@%{}]|[^\x20-\x7e\u00a0-\uffff]/g, '_') || '_';
}

/**
 * Starts a command in a window of its own, in a session that is made if need be.
 *
 * @throws {DsyncError} COMMAND_FAILED what tmux says
 */
export async function openWindow(options: WindowOptions): Promise<Pane> {
  const { session, window } = options;
  const isThere = (await tmux(['has-session', '-t', `=${session}`])).code === 0;
  const created = await expectTmux(windowArgs(options, isThere));
  const [pane] = parsePanes(created);
  if (pane === undefined) throw new DsyncError('COMMAND_FAILED', `tmux made no window for ${window}`);
  return pane;
}

/**
 * Pure: what tmux is given to open a window, in a session that is there or not; it prints one line of a pane.
 *
 * All in one go, so that a command that ends at once leaves its window and its output behind.
 */
export function windowArgs({ session, window, folder, argv, env, log }: WindowOptions, isThere: boolean): string[] {
  const line = quoteWords(['env', ...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...argv]);
  const last = `=${session}:{end}`;
  const place = isThere ? ['new-window', '-d', '-a', '-t', last] : ['new-session', '-d', '-s', session];
  const pipe =
    log === undefined ? [] : [';', 'pipe-pane', '-t', last, `cat >> ${plain(quoteWord(log)).replaceAll('%', '%%')}`];
  return [
    ...[...place, '-n', plain(window), '-c', plain(folder), '-P', '-F', PANE_FORMAT, `exec ${line}`, ';'],
    ...['set-option', '-p', '-t', last, 'remain-on-exit', 'on', ...pipe],
  ];
}

/** Text that tmux would expand, `#(…)` by running it, and whose last `;` it would take for the end of a command. */
function plain(text: string): string {
  return text.replaceAll('#', '##').replace(/;$/, '\\;');
}

export async function listPanes(): Promise<Pane[]> {
  const { code, stdout } = await tmux(['list-panes', '-a', '-F', PANE_FORMAT]);
  return code === 0 ? parsePanes(stdout) : [];
}

/** Pure. */
export function parsePanes(text: string): Pane[] {
  return text.split('\n').flatMap((line) => {
    const [, id, pid, isDead, status, session] = /^(%\d+) (\d+) ([01]) (\d*) (.*)$/.exec(line) ?? [];
    if (id === undefined || session === undefined) return [];
    return [{ id, pid: Number(pid), isDead: isDead === '1', status: status ? Number(status) : undefined, session }];
  });
}

export async function closePane(id: string): Promise<void> {
  await tmux(['kill-pane', '-t', id]);
}

/** Shows the window in this terminal; resolves when the user leaves it. */
export async function attachPane(id: string): Promise<number> {
  await expectTmux(['select-window', '-t', id]);
  const args = process.env.TMUX === undefined ? ['attach-session', '-t', id] : ['switch-client', '-t', id];
  return new Promise((resolve, reject) => {
    const child = spawn('tmux', args, { stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

async function expectTmux(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await tmux(args);
  if (code === 0) return stdout;
  throw new DsyncError('COMMAND_FAILED', `tmux ${args[0]} failed: ${stderr.trim() || `exit code ${code}`}`);
}

/** Code 127 where there is no tmux. */
function tmux(args: readonly string[]): Promise<Captured> {
  return capture('tmux', args);
}
