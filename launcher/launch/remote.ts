/**
 * A command on another host: in a window of its tmux, over the system's ssh, with its port forwarded here.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Captured, capture } from '../../platform/capture.ts';
import { DsyncError } from '../../platform/failure.ts';
import { quoteWord, quoteWords } from '../../platform/quote-words.ts';
import { type Pane, parsePanes, type WindowOptions, windowArgs } from './tmux.ts';

/** Nobody can answer a question here; a host that does not answer is told of soon. */
const SSH_OPTIONS = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=15'];
/** What the scripts below end with. */
const NO_FOLDER = 71;
const NO_TMUX = 72;
const ENDED = 73;
const NOT_LISTENING = 74;

export interface RemoteOptions {
  readonly destination: string;
  readonly signal: AbortSignal;
}

/**
 * The folder's absolute path there; `~/…` is that user's home.
 *
 * @throws {DsyncError} NOT_FOUND no such folder, or no tmux; HOST_UNREACHABLE
 */
export async function findRemoteFolder(path: string, options: RemoteOptions): Promise<string> {
  const quoted =
    path === '~' ? '"$HOME"' : path.startsWith('~/') ? `"$HOME"/${quoteWord(path.slice(2))}` : quoteWord(path);
  const script = `command -v tmux >/dev/null || exit ${NO_TMUX}; cd ${quoted} 2>/dev/null || exit ${NO_FOLDER}; pwd -P`;
  const { code, stdout, stderr } = await ssh(script, options);
  if (code === 0) return stdout.replace(/\n$/, '');
  if (code === NO_FOLDER) {
    throw new DsyncError('NOT_FOUND', `There is no folder ${path} on ${options.destination}`, {
      cure: 'Keep it in sync with that host: dsync root add',
    });
  }
  if (code === NO_TMUX) {
    throw new DsyncError('NOT_FOUND', `There is no tmux on ${options.destination}`, { cure: 'Install tmux there.' });
  }
  throw unreachable(options.destination, stderr);
}

/** @throws {DsyncError} COMMAND_FAILED, HOST_UNREACHABLE */
export async function openRemoteWindow(window: WindowOptions, options: RemoteOptions): Promise<Pane> {
  // Its start-up files set the PATH that the user's tools are on; a command over ssh has none of that.
  const argv = ['sh', '-c', 'exec "${SHELL:-/bin/sh}" -lc "$1"', 'sh', `exec ${quoteWords(window.argv)}`];
  const made = { ...window, argv };
  const open = (isThere: boolean): string => quoteWords(['tmux', ...windowArgs(made, isThere)]);
  const script = `if tmux has-session -t ${quoteWord(`=${window.session}`)} 2>/dev/null; then ${open(true)}; else ${open(false)}; fi`;
  const { code, stdout, stderr } = await ssh(script, options);
  const [pane] = parsePanes(stdout);
  if (code === 255) throw unreachable(options.destination, stderr);
  if (code !== 0 || pane === undefined) {
    throw new DsyncError('COMMAND_FAILED', `tmux on ${options.destination} failed: ${stderr.trim()}`);
  }
  return pane;
}

/** Until it listens there on the port, has ended, or time is over. */
export async function waitForRemotePort(
  { pane, port, timeoutMs }: { readonly pane: string; readonly port: number; readonly timeoutMs: number },
  options: RemoteOptions,
): Promise<'listening' | 'ended' | 'waiting'> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const listens = [
    `grep -q ':${hex} [0-9A-F:]* 0A ' /proc/net/tcp /proc/net/tcp6 2>/dev/null`,
    `lsof -nP -iTCP:${port} -sTCP:LISTEN >/dev/null 2>&1`,
  ].join(' || ');
  const script = [
    `i=0; while [ $i -lt ${Math.ceil(timeoutMs / 200)} ]; do`,
    `if ${listens}; then exit 0; fi;`,
    `${isAliveThere(pane)} || exit ${ENDED};`,
    `sleep 0.2; i=$((i+1)); done; exit ${NOT_LISTENING}`,
  ].join(' ');
  const { code, stderr } = await ssh(script, options);
  if (code === 255) throw unreachable(options.destination, stderr);
  return code === 0 ? 'listening' : code === ENDED ? 'ended' : 'waiting';
}

/**
 * A process that lasts as long as the command does there, and carries its port. It outlives this program.
 *
 * @returns its pid
 */
export async function holdRemote(
  {
    pane,
    forward,
  }: { readonly pane: string; readonly forward: { readonly here: number; readonly there: number } | undefined },
  { destination }: RemoteOptions,
): Promise<number> {
  // The server may listen on either loopback address; its own host knows which.
  const port = forward === undefined ? [] : ['-L', `127.0.0.1:${forward.here}:localhost:${forward.there}`];
  const options = ['-o', 'ExitOnForwardFailure=yes', '-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=3'];
  // Asked twice: where a machine is short of something, tmux may fail to answer once, and the port would be gone.
  const script = `while ${isAliveThere(pane)} || { sleep 1; ${isAliveThere(pane)}; }; do sleep 1; done`;
  const child = spawn('ssh', [...SSH_OPTIONS, ...options, ...port, '--', destination, `sh -c ${quoteWord(script)}`], {
    detached: true,
    stdio: 'ignore',
  });
  await once(child, 'spawn');
  child.unref();
  return child.pid ?? 0;
}

/** As Ctrl-C would; the window goes when the command has ended, or does not end within some seconds. */
export async function stopRemote(pane: string, options: RemoteOptions): Promise<void> {
  const target = quoteWord(pane);
  const wait = `i=0; while [ $i -lt 25 ] && ${isAliveThere(pane)}; do sleep 0.2; i=$((i+1)); done`;
  const script = `tmux send-keys -t ${target} C-c 2>/dev/null; ${wait}; tmux kill-pane -t ${target} 2>/dev/null; exit 0`;
  const { code, stderr } = await ssh(script, options);
  if (code !== 0) throw unreachable(options.destination, stderr);
}

/** In this terminal; resolves with ssh's exit code. */
export async function inRemoteTerminal(destination: string, script: string): Promise<number> {
  const child = spawn('ssh', ['-t', '--', destination, `sh -c ${quoteWord(script)}`], { stdio: 'inherit' });
  const [code]: unknown[] = await once(child, 'close');
  return typeof code === 'number' ? code : 1;
}

function isAliveThere(pane: string): string {
  return `[ "$(tmux display-message -p -t ${quoteWord(pane)} '#{pane_dead}' 2>/dev/null)" = 0 ]`;
}

function ssh(script: string, { destination, signal }: RemoteOptions): Promise<Captured> {
  return capture('ssh', [...SSH_OPTIONS, '--', destination, `sh -c ${quoteWord(script)}`], { signal });
}

function unreachable(destination: string, stderr: string): DsyncError {
  const [said = ''] = stderr.trim().split('\n').slice(-1);
  return new DsyncError(
    'HOST_UNREACHABLE',
    `Could not reach ${destination} over ssh: ${said || 'the connection ended'}`,
  );
}
