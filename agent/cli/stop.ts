import { setTimeout as sleep } from 'node:timers/promises';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import { isAlive } from '../../platform/is-alive.ts';
import { start } from './start.ts';
import { withAgent } from './with-agent.ts';

const STOP_MS = 20_000;

export async function stop(cli: Cli): Promise<ExitCode> {
  const pid = await stopAgent(cli);
  cli.print(pid === undefined ? 'The agent was not running.' : `The agent has stopped (pid ${pid}).`);
  return 0;
}

export async function restart(cli: Cli): Promise<ExitCode> {
  await stopAgent(cli);
  return start(cli, {});
}

/** Resolves once its process is gone; undefined where none ran. */
export async function stopAgent(cli: Cli): Promise<number | undefined> {
  let pid: number;
  try {
    pid = await withAgent(cli, async (agent) => {
      const about = await agent.call('ping', {}, { signal: cli.signal, timeoutMs: STOP_MS });
      await agent.call('stop', {}, { signal: cli.signal, timeoutMs: STOP_MS });
      return about.pid;
    });
  } catch (error) {
    if (error instanceof DsyncError && error.code === 'AGENT_NOT_RUNNING') return undefined;
    throw error;
  }
  const deadline = performance.now() + STOP_MS;
  while (isAlive(pid)) {
    if (performance.now() > deadline) {
      throw new DsyncError(
        'AGENT_UNREACHABLE',
        `The agent (pid ${pid}) was asked to stop and still runs after ${STOP_MS / 1000} s`,
        {
          cure: `End it: kill ${pid}`,
        },
      );
    }
    await sleep(15, undefined, { signal: cli.signal });
  }
  return pid;
}
