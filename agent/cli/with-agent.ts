import type { Cli } from '../../platform/cli.ts';
import type { ControlClient } from '../control/client.ts';

/** @throws {DsyncError} AGENT_NOT_RUNNING, AGENT_UNREACHABLE, or what `work` throws */
export async function withAgent<T>(cli: Cli, work: (agent: ControlClient) => Promise<T>): Promise<T> {
  const { connectControl } = await import('../control/client.ts');
  await using agent = await connectControl(cli.home);
  return await work(agent);
}

/** Tells a running agent that the configuration changed; without one there is nobody to tell. */
export async function reloadAgent(cli: Cli): Promise<void> {
  const { DsyncError } = await import('../../platform/failure.ts');
  try {
    await withAgent(cli, (agent) => agent.call('reload', {}, { signal: cli.signal, timeoutMs: 10_000 }));
  } catch (error) {
    if (error instanceof DsyncError && error.code === 'AGENT_NOT_RUNNING') {
      cli.note('The agent is not running; start it with: dsync start');
    } else throw error;
  }
}
