/**
 * A user with projects and a tmux server of their own, and the commands that this user would type.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { quoteWords } from '../../platform/quote-words.ts';
import { DLAUNCH, expectDone, type Ran, runDsync } from './command.ts';
import { eventually, until } from './eventually.ts';
import { isAlive, killNow, processesOf } from './processes.ts';
import { createScratch } from './scratch.ts';
import { type TreeLiteral, writeTree } from './tree.ts';

export interface LauncherUser extends AsyncDisposable {
  /** DSYNC_HOME. */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where the projects lie. */
  readonly code: string;
  readonly path: (below: string) => string;
  readonly plant: (files: TreeLiteral) => void;
  /** Runs `dlaunch …` without a terminal, whatever comes of it. */
  readonly run: (...args: string[]) => Promise<Ran>;
  /** The same, which must succeed; resolves with its stdout. */
  readonly dlaunch: (...args: string[]) => Promise<string>;
  readonly tmux: (...args: string[]) => Promise<string>;
  /** Runs `dlaunch …` in a terminal that can be typed into and read. */
  readonly terminal: (...args: string[]) => Promise<Terminal>;
}

export interface Terminal {
  /** Names of keys, as tmux has them, or text. */
  readonly type: (...keys: string[]) => Promise<void>;
  /** Resolves with the screen once it shows this. */
  readonly shows: (text: string | RegExp) => Promise<string>;
  /** Resolves with the exit code once the program has ended. */
  readonly ended: () => Promise<number>;
}

const COLUMNS = 120;
const LINES = 30;

export function createLauncherUser(env: NodeJS.ProcessEnv = {}): LauncherUser {
  const scratch = createScratch('launcher');
  const path = (below: string): string => join(scratch.path, below);
  const [home, code] = [path('home'), path('code')];
  for (const folder of [home, code, path('user'), path('tmux')]) mkdirSync(folder, { recursive: true });
  const { TMUX: _, ...inherited } = process.env;
  const own: NodeJS.ProcessEnv = {
    ...inherited,
    DSYNC_HOME: home,
    HOME: path('user'),
    SHELL: '/bin/sh',
    TMUX_TMPDIR: path('tmux'),
    DLAUNCH_NO_REFRESH: '1',
    NO_COLOR: '1',
    ...env,
  };
  const options = { env: own, cwd: code, program: DLAUNCH, timeoutMs: 60_000 };
  const run = (...args: string[]): Promise<Ran> => runDsync(args, options);

  /** The server is this user's alone, by its folder. */
  async function tmux(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('tmux', ['-f', '/dev/null', ...args], { env: own });
    return stdout;
  }

  let terminals = 0;

  async function terminal(...args: string[]): Promise<Terminal> {
    // tmux 3.3 forgets exit codes now and then.
    const exit = path(`exit-${++terminals}`);
    const command = `trap : INT; ${quoteWords([process.execPath, DLAUNCH, ...args])}; echo $? > ${exit}.tmp; mv ${exit}.tmp ${exit}`;
    const size = ['-x', String(COLUMNS), '-y', String(LINES)];
    const created = await tmux(
      ...['new-session', '-d', ...size, '-c', code, '-P', '-F', '#{pane_id}', command, ';'],
      ...['set-option', '-p', 'remain-on-exit', 'on'],
    );
    const pane = created.trim();
    // With what was scrolled away: tmux's own word on a dead pane takes a line.
    const screen = (): Promise<string> => tmux('capture-pane', '-p', '-S', '-', '-t', pane);
    return {
      async type(...keys) {
        await tmux('send-keys', '-t', pane, ...keys);
      },
      shows: (text) =>
        eventually(async () => {
          const shown = await screen();
          const isThere = typeof text === 'string' ? shown.includes(text) : text.test(shown);
          if (!isThere) throw new Error(`The screen does not show ${text}:\n${shown}`);
          return shown;
        }),
      async ended() {
        await until('the program ends', () => existsSync(exit));
        return Number(readFileSync(exit, 'utf8'));
      },
    };
  }

  async function close(): Promise<void> {
    const left = (): number[] => processesOf(home).filter(isAlive);
    for (const pid of left()) killNow(pid);
    await until('all that was started has ended', () => left().length === 0);
    scratch[Symbol.dispose]();
  }

  return {
    home,
    env: own,
    code,
    path,
    plant: (files) => writeTree(code, files),
    run,
    dlaunch: (...args) => expectDone(args, run(...args)),
    tmux,
    terminal,
    [Symbol.asyncDispose]: close,
  };
}

/** A server for `node -e`, on the port of its environment or this one. */
export function serverScript(port: number): string {
  return [
    "const { createServer } = require('node:http');",
    `const port = Number(process.env.PORT || ${port});`,
    "createServer((_, response) => response.end('hello from ' + process.cwd()))",
    ".listen(port, '127.0.0.1', () => console.log('listening on ' + port));",
  ].join('\n');
}
