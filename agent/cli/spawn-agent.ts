/**
 * Starting the agent in the background.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { userHome } from '../../platform/abs-path.ts';
import { DsyncError, messageOf } from '../../platform/failure.ts';
import { ensureHome, type Home } from '../../platform/home.ts';
import { type ControlClient, connectControl } from '../control/client.ts';

const START_MS = 20_000;
const RETRY_MS = 15;

/**
 * The pid of this user's agent, which is started if none runs. Resolves once it answers.
 *
 * @throws {DsyncError} AGENT_UNREACHABLE it ended, or did not answer in time; the message holds what it said
 */
export async function ensureAgent(
  home: Home,
  { signal }: { readonly signal: AbortSignal },
): Promise<{ readonly pid: number; readonly started: boolean }> {
  const running = await findAgent(home);
  if (running !== undefined) return { pid: running, started: false };
  ensureHome(home);
  const output = openOutput(home);
  try {
    return { pid: await startAgent(home, output, signal), started: true };
  } finally {
    closeSync(output.fd);
  }
}

async function startAgent(home: Home, output: Output, signal: AbortSignal): Promise<number> {
  const child = spawnDetached(output.fd);
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  // It may fail while nobody waits for it any more.
  failed.catch(() => {});
  const deadline = performance.now() + START_MS;
  for (;;) {
    const pid = await Promise.race([findAgent(home), failed]);
    if (pid !== undefined) return pid;
    if (child.exitCode !== null || child.signalCode !== null) {
      // Of two that start at once one ends, and the other answers.
      const other = await findAgent(home);
      if (other !== undefined) return other;
      throw new DsyncError(
        'AGENT_UNREACHABLE',
        `The agent ended as it started: ${output.read() || 'it said nothing'}`,
        {
          cure: 'See what it does in this terminal: dsync start --foreground',
        },
      );
    }
    if (performance.now() > deadline) {
      throw new DsyncError(
        'AGENT_UNREACHABLE',
        `The agent (pid ${child.pid}) did not answer within ${START_MS / 1000} s`,
      );
    }
    await sleep(RETRY_MS, undefined, { signal });
  }
}

async function findAgent(home: Home): Promise<number | undefined> {
  let agent: ControlClient;
  try {
    agent = await connectControl(home);
  } catch (error) {
    if (error instanceof DsyncError && error.code === 'AGENT_NOT_RUNNING') return undefined;
    throw error;
  }
  try {
    return (await agent.call('ping', {}, { timeoutMs: START_MS })).pid;
  } finally {
    agent.close();
  }
}

function spawnDetached(fd: number): ChildProcess {
  const [script] = process.argv.slice(1);
  if (script === undefined) throw new DsyncError('INTERNAL', 'This process does not know its own script');
  // Node's own options may name modules from the working directory; without any, the agent holds no folder in use.
  const cwd = process.execArgv.length > 0 ? process.cwd() : userHome();
  const child = spawn(process.execPath, [...process.execArgv, script, 'start', '--foreground'], {
    detached: true,
    stdio: ['ignore', fd, fd],
    cwd,
  });
  child.unref();
  return child;
}

interface Output {
  readonly fd: number;
  /** What came since it was opened. */
  readonly read: () => string;
}

/** What the agent prints outside of its log: what Node.js says when it crashes. */
function openOutput(home: Home): Output {
  const folder = `${home.state}/log`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = `${folder}/agent.out`;
  const start = sizeOf(path);
  // From the start each time it has grown: it holds crashes, not history.
  const fd = openSync(path, start > 1024 * 1024 ? 'w+' : 'a+', 0o600);
  const from = fstatSync(fd).size;
  const read = (): string => {
    try {
      const bytes = Buffer.alloc(Math.min(8192, fstatSync(fd).size - from));
      readSync(fd, bytes, 0, bytes.length, from);
      return bytes.toString('utf8').trim();
    } catch (error) {
      return messageOf(error);
    }
  };
  return { fd, read };
}

function sizeOf(path: string): number {
  try {
    const fd = openSync(path, 'r');
    try {
      return fstatSync(fd).size;
    } finally {
      closeSync(fd);
    }
  } catch {
    return 0;
  }
}
