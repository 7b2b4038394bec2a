/**
 * A user with a tmux server of their own, who types into panes and hands sessions off.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type RestoreReport, restoreReportSchema } from '../../handoff/restore/plan-schema.ts';
import { readSnapshot } from '../../handoff/snapshot/read-snapshot.ts';
import type { Snapshot, SnapshotPane } from '../../handoff/snapshot/schema.ts';
import { isFree } from '../../launcher/ports/listeners.ts';
import { expectDone, type Ran, runDsync } from './command.ts';
import { eventually, until } from './eventually.ts';
import { isAlive, killNow, processesOf } from './processes.ts';

export interface SessionUser extends AsyncDisposable {
  /** DSYNC_HOME. */
  readonly home: string;
  /** HOME. */
  readonly user: string;
  readonly socket: string;
  readonly env: NodeJS.ProcessEnv;
  readonly path: (below: string) => string;
  readonly write: (below: string, text: string, mode?: number) => string;
  readonly tmux: (...args: string[]) => Promise<string>;
  /** Starts a server; its first session has one window with one pane at a prompt. */
  readonly startTmux: (options?: {
    name?: string;
    cwd?: string;
    size?: string;
    shell?: string;
    conf?: string;
  }) => Promise<void>;
  /** Resolves once it is gone, with all panes, and nobody listens on these ports. */
  readonly killTmux: (...ports: number[]) => Promise<void>;
  /** Types a line into a pane that is at its prompt. */
  readonly type: (pane: string, line: string) => Promise<void>;
  /** Resolves with what a pane shows, with what scrolled by, once it shows this. */
  readonly shows: (pane: string, text: string | RegExp) => Promise<string>;
  /** Resolves once this program has the pane. */
  readonly runs: (pane: string, program: string) => Promise<void>;
  readonly run: (...args: string[]) => Promise<Ran>;
  readonly dsync: (...args: string[]) => Promise<string>;
  /** `dsync handoff save`, and what it saved. */
  readonly save: (...args: string[]) => Promise<Snapshot>;
  /** `dsync handoff restore`, whatever comes of it. */
  readonly restore: (
    ...args: string[]
  ) => Promise<{ readonly code: number | undefined; readonly report: RestoreReport }>;
  /** One line a window and pane, by formats of tmux. */
  readonly list: (what: 'windows' | 'panes', format: string) => Promise<string[]>;
}

export function createSessionUser(folder: string, env: NodeJS.ProcessEnv = {}): SessionUser {
  const path = (below: string): string => join(folder, below);
  const [home, user, socket] = [path('ds'), path('user'), path('tmux.sock')];
  for (const each of [home, user]) mkdirSync(each, { recursive: true });
  const { TMUX: _, TMUX_PANE: _pane, ...inherited } = process.env;
  const own: NodeJS.ProcessEnv = {
    ...inherited,
    DSYNC_HOME: home,
    HOME: user,
    SHELL: '/bin/bash',
    NO_COLOR: '1',
    HISTFILE: '',
    XDG_STATE_HOME: path('xdg-state'),
    XDG_CONFIG_HOME: path('xdg-config'),
    XDG_DATA_HOME: path('xdg-data'),
    ...env,
  };
  const options = { env: own, cwd: user, timeoutMs: 90_000 };
  const run = (...args: string[]): Promise<Ran> => runDsync(args, options);

  function write(below: string, text: string, mode = 0o644): string {
    const file = join(user, below);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  }

  async function tmux(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('tmux', ['-u', '-S', socket, ...args], {
      env: own,
      cwd: user,
      maxBuffer: 1 << 28,
    });
    return stdout;
  }

  async function startTmux({
    name = 'work',
    cwd = user,
    size = '160x45',
    shell = 'bash',
    conf = '',
  } = {}): Promise<void> {
    const { stdout } = await promisify(execFile)('sh', ['-c', `command -v ${shell}`]);
    writeFileSync(
      join(user, '.tmux.conf'),
      `set -g default-shell ${stdout.trim()}\nset -g history-limit 60000\n${conf}`,
    );
    const [cols = '', rows = ''] = size.split('x');
    await tmux('new-session', '-d', '-s', name, '-x', cols, '-y', rows, '-c', cwd);
  }

  async function killTmux(...ports: number[]): Promise<void> {
    const pids = (await tmux('list-panes', '-a', '-F', '#{pane_pid} #{pid}')).split(/\s+/).filter(Boolean).map(Number);
    await tmux('kill-server');
    await until('the server is gone', () => pids.every((pid) => !isAlive(pid)));
    for (const port of ports) await until(`port ${port} is free`, () => isFree(port));
  }

  async function current(pane: string): Promise<string> {
    return (await tmux('display-message', '-p', '-t', pane, '#{pane_current_command}')).trim();
  }

  async function shows(pane: string, text: string | RegExp): Promise<string> {
    return eventually(async () => {
      const shown = await tmux('capture-pane', '-p', '-J', '-S', '-', '-t', pane);
      if (!(typeof text === 'string' ? shown.includes(text) : text.test(shown)))
        throw new Error(`${pane} does not show ${text}:\n${shown.trimEnd()}`);
      return shown;
    });
  }

  async function type(pane: string, line: string): Promise<void> {
    await until(`${pane} is at a prompt`, async () => /^(?:bash|zsh|fish|sh|dash)$/.test(await current(pane)));
    await shows(pane, /[#$%>] *$/m);
    await tmux('send-keys', '-t', pane, '-l', line);
    await tmux('send-keys', '-t', pane, 'Enter');
  }

  async function save(...args: string[]): Promise<Snapshot> {
    const { id } = JSON.parse(await expectDone(args, run('handoff', 'save', '--socket', socket, '--json', ...args)));
    return readSnapshot(
      JSON.stringify(JSON.parse(await expectDone(['show'], run('handoff', 'show', id, '--json')))),
      'show',
    );
  }

  async function restore(...args: string[]) {
    const { code, stdout, stderr } = await run('handoff', 'restore', '--socket', socket, '--json', ...args);
    if (stdout === '') throw new Error(`restore ended with ${code}: ${stderr}`);
    return { code, report: restoreReportSchema.parse(JSON.parse(stdout)) };
  }

  async function close(): Promise<void> {
    if (existsSync(socket)) await tmux('kill-server').catch(() => '');
    // A service that was put up without a terminal knows nothing of dsync.
    const started = (): number[] => [...processesOf(home), ...processesOf({ name: 'HOME', value: own.HOME ?? user })];
    const left = (): number[] => started().filter(isAlive);
    for (const pid of left()) killNow(pid);
    await until('all that was started has ended', () => left().length === 0);
  }

  return {
    home,
    user,
    socket,
    env: own,
    path,
    write,
    tmux,
    startTmux,
    killTmux,
    type,
    shows,
    runs: (pane, program) => until(`${program} runs in ${pane}`, async () => (await current(pane)) === program),
    run,
    dsync: (...args) => expectDone(args, run(...args)),
    save,
    restore,
    list: async (what, format) => (await tmux(`list-${what}`, '-a', '-F', format)).trimEnd().split('\n'),
    [Symbol.asyncDispose]: close,
  };
}

export function panesOf({ mux }: Snapshot): SnapshotPane[] {
  return mux.sessions.flatMap(({ windows }) => windows.flatMap((window) => window.panes));
}

/** What runs in each pane, and what would become of it. */
export function commandsOf(snapshot: Snapshot): string[] {
  return panesOf(snapshot).map(({ process, dead }) =>
    process === null
      ? dead === null
        ? 'prompt'
        : `dead ${dead.status}`
      : `${process.restart.policy} ${process.restart.command}`,
  );
}

/** A server for `node FILE PORT [ADDRESS]`. */
export const SERVER = `const http = require('http'); const port = Number(process.env.PORT || process.argv[2]);
http.createServer((q, r) => r.end('hi from ' + process.cwd() + ' ' + (process.env.FOO || ''))).listen(port, process.argv[3] || '127.0.0.1', () => console.log('listening ' + port));`;

/** Of a server, once it answers. */
export async function answer(port: number, host = '127.0.0.1'): Promise<string> {
  return eventually(async () => await (await fetch(`http://${host}:${port}/`)).text());
}
