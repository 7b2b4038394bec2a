/**
 * Two hosts with a tmux server each, and a session on the first: a shell, and a server that answers with its folder.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../sshd.ts';
import { DSYNC, type Ran, runDsync } from './command.ts';
import { until } from './eventually.ts';
import type { TestHost } from './host.ts';
import { serverScript } from './launcher.ts';
import { type Pair, type PairOptions, startPair } from './pair.ts';
import { isAlive, killNow, processesOf } from './processes.ts';
import { createScratch } from './scratch.ts';

export const SWITCH_HOST = fileURLToPath(new URL('./switch-host.js', pathToFileURL(DSYNC)));

export interface Desk {
  readonly host: TestHost;
  readonly env: NodeJS.ProcessEnv;
  readonly tmux: (...args: string[]) => Promise<string>;
  /** `switch-host …`, whatever comes of it. */
  readonly switchHost: (...args: string[]) => Promise<Ran>;
}

export interface Desks extends AsyncDisposable {
  readonly pair: Pair;
  readonly a: Desk;
  readonly b: Desk;
  readonly port: number;
  /** What the server says: the folder that it runs in; undefined where none answers. */
  readonly answer: () => Promise<string | undefined>;
  readonly served: (by: 'a' | 'b') => Promise<void>;
  /** The session `work` on the first host, its server up. */
  readonly sitDown: () => Promise<void>;
}

const PROMPT_MS = 60_000;

export async function startDesks(options: PairOptions = {}): Promise<Desks> {
  const scratch = createScratch('desks');
  const port = await freePort();
  const tmuxFolder = (name: string): string => {
    const folder = join(scratch.path, name);
    mkdirSync(folder);
    return folder;
  };
  const [atA, atB] = [tmuxFolder('a'), tmuxFolder('b')];
  const pair = await startPair({
    direct: true,
    files: { a: { 'app/server.cjs': serverScript(port), 'app/notes': 'one' } },
    ...options,
    agentEnv: { SHELL: '/bin/bash', TERM: 'xterm-256color', ...options.agentEnv },
    hostEnv: { a: { TMUX_TMPDIR: atA }, b: { TMUX_TMPDIR: atB } },
  });

  const deskOf = (host: TestHost): Desk => {
    const { TMUX: _, TMUX_PANE: __, ...env } = host.env;
    return {
      host,
      env,
      tmux: async (...args) => (await promisify(execFile)('tmux', ['-f', '/dev/null', ...args], { env })).stdout,
      switchHost: (...args) => runDsync(args, { env, cwd: host.root, program: SWITCH_HOST, timeoutMs: 120_000 }),
    };
  };
  const [a, b] = [deskOf(pair.a), deskOf(pair.b)];

  const answer = async (): Promise<string | undefined> => {
    try {
      return (await fetchText(port)).replace('hello from ', '');
    } catch {
      return undefined;
    }
  };
  const served = (by: 'a' | 'b'): Promise<void> =>
    until(`the server answers on ${by}`, async () => (await answer()) === pair[by].path('app'), {
      timeoutMs: PROMPT_MS,
    });

  async function sitDown(): Promise<void> {
    // Whoever sits here has been linked for long.
    await pair.inSync();
    const app = pair.a.path('app');
    await a.tmux('new-session', '-d', '-s', 'work', '-x', '120', '-y', '40', '-c', app, '-n', 'code');
    await a.tmux('split-window', '-h', '-l', '40', '-t', 'work:code', '-c', app);
    await until('both shells are at their prompts', async () => {
      const panes = (await a.tmux('list-panes', '-t', 'work', '-F', '#{cursor_x}')).trim().split('\n');
      return panes.length === 2 && panes.every((column) => Number(column) > 0);
    });
    await a.tmux('send-keys', '-t', 'work:code.1', 'node server.cjs', 'Enter');
    await served('a');
  }

  async function close(): Promise<void> {
    for (const desk of [a, b]) await desk.tmux('kill-server').catch(() => '');
    const { home: homeA } = pair.a;
    const { home: homeB } = pair.b;
    await pair[Symbol.asyncDispose]();
    for (const home of [homeA, homeB]) for (const pid of processesOf(home).filter(isAlive)) killNow(pid);
    scratch[Symbol.dispose]();
  }
  return { pair, a, b, port, answer, served, sitDown, [Symbol.asyncDispose]: close };
}

export function fetchText(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port }, (response) => resolve(text(response))).once('error', reject);
  });
}
