/**
 * One side of a pair: a home, a root, an agent, and the commands a user there would type.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Method, Params, Result, Status } from '../../agent/control/api.ts';
import { type CallOptions, connectControl } from '../../agent/control/client.ts';
import { resolveHome } from '../../platform/home.ts';
import { DSYNC, expectDone, type Ran, runDsync } from './command.ts';
import { until } from './eventually.ts';
import { isAlive, killNow, processesOf } from './processes.ts';
import { type FoundTree, readTree } from './tree.ts';

const LOG_LINES = 30;
const LOG_COLUMNS = 400;
const STOP_MS = 10_000;
const ANSWER_MS = 10_000;

export interface TestHost {
  readonly name: string;
  /** DSYNC_HOME. */
  readonly home: string;
  readonly root: string;
  /** Of every command that is run here. */
  readonly env: NodeJS.ProcessEnv;
  readonly path: (below: string) => string;
  readonly tree: () => FoundTree;
  /** Runs `dsync …` and resolves with what came of it, whatever it was. */
  readonly run: (...args: string[]) => Promise<Ran>;
  /** Runs `dsync …`, which must succeed; resolves with its stdout. */
  readonly dsync: (...args: string[]) => Promise<string>;
  /** Asks the agent itself: no process is started for it. */
  readonly call: <M extends Method>(method: M, params: Params<M>) => Promise<Result<M>>;
  readonly status: () => Promise<Status>;
  /** Resolves once the other hosts have all; rejects where they do not in time. */
  readonly synced: (timeoutMs?: number) => Promise<void>;
  /** Of the agent that answers; undefined where none does. */
  readonly pid: () => Promise<number | undefined>;
  /** `dsync start --foreground`; resolves once it answers. */
  readonly start: () => Promise<void>;
  /** Kills the agent, whoever started it, waiting for one to be there; resolves with its pid once it is gone. */
  readonly kill: () => Promise<number>;
  /** Lets the agent end by itself, then ends by force whatever is left of this home's processes. */
  readonly close: () => Promise<void>;
  /** The end of the agent's log and of what it printed. */
  readonly logTail: () => string;
}

export function createHost(options: {
  readonly name: string;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly root?: string;
}): TestHost {
  const { name, folder } = options;
  const home = join(folder, name, 'home');
  const root = options.root ?? join(folder, name, 'root');
  const user = join(folder, name, 'user');
  for (const each of [home, root, user]) mkdirSync(each, { recursive: true });
  const env = { ...options.env, DSYNC_HOME: home, HOME: user, NO_COLOR: '1' };
  const { socket, state } = resolveHome(env);
  let printed = '';
  let child: ChildProcess | undefined;

  const run = (...args: string[]): Promise<Ran> => runDsync(args, { env });
  const dsync = (...args: string[]): Promise<string> => expectDone(args, run(...args));

  async function call<M extends Method>(method: M, params: Params<M>, options?: CallOptions): Promise<Result<M>> {
    await using agent = await connectControl({ socket });
    return await agent.call(method, params, options);
  }

  async function pid(): Promise<number | undefined> {
    try {
      return (await call('ping', {}, { timeoutMs: 5_000 })).pid;
    } catch {
      return undefined;
    }
  }

  async function synced(timeoutMs = 60_000): Promise<void> {
    const { inSync, reason } = await call('wait', { timeoutMs });
    if (!inSync) throw new Error(`${name} is not in sync: ${reason ?? 'the time is up'}`);
  }

  async function start(): Promise<void> {
    const agent = spawn(process.execPath, [DSYNC, 'start', '--foreground'], {
      env,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = agent;
    for (const stream of [agent.stdout, agent.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
    }
    await until(`the agent on ${name} answers`, async () => {
      if (agent.exitCode !== null) throw new Error(`The agent on ${name} ended with ${agent.exitCode}:\n${printed}`);
      return (await pid()) !== undefined;
    });
  }

  async function kill(): Promise<number> {
    let victim: number | undefined;
    await until(`an agent runs on ${name}`, async () => {
      victim = await pid();
      return victim !== undefined;
    });
    const killed = victim ?? 0;
    if (!processesOf(home).includes(killed)) throw new Error(`Process ${killed} is none of ${name}'s`);
    killNow(killed);
    await until(`process ${killed} is gone`, () => !isAlive(killed));
    return killed;
  }

  async function close(): Promise<void> {
    child?.kill('SIGTERM');
    const running = await pid();
    if (running !== undefined && processesOf(home).includes(running)) process.kill(running, 'SIGTERM');
    await until(`${name}'s processes end`, () => processesOf(home).length === 0, { timeoutMs: STOP_MS }).catch(() => {
      for (const each of processesOf(home)) killNow(each);
    });
  }

  return {
    name,
    home,
    root,
    env,
    path: (below) => join(root, below),
    tree: () => readTree(root),
    run,
    dsync,
    call,
    status: () => call('status', {}, { timeoutMs: ANSWER_MS }),
    synced,
    pid,
    start,
    kill,
    close,
    logTail: () => [`--- ${name}: printed`, tail(printed), ...logTails(join(state, 'log'))].join('\n'),
  };
}

function logTails(folder: string): string[] {
  if (!existsSync(folder)) return [`--- no log in ${folder}`];
  return readdirSync(folder)
    .filter((name) => name === 'agent.log' || name.endsWith('.out'))
    .flatMap((name) => [`--- ${join(folder, name)}`, tail(readFileSync(join(folder, name), 'utf8'))]);
}

function tail(text: string): string {
  const lines = text.trimEnd().split('\n').slice(-LOG_LINES);
  return lines.map((line) => line.slice(0, LOG_COLUMNS)).join('\n');
}
