/**
 * This host as a snapshot names it, and where its roots lie; from the agent if it runs.
 *
 * @module
 */
import { userInfo } from 'node:os';
import { userHome } from '../../platform/abs-path.ts';
import type { Home } from '../../platform/home.ts';
import { ownHostId } from '../../platform/host-id.ts';
import { ownHostName } from '../../platform/own-host-name.ts';
import type { SnapshotHost } from '../snapshot/schema.ts';

export interface HostFacts {
  readonly host: SnapshotHost;
  readonly roots: readonly { readonly id: string; readonly name: string; readonly path: string }[];
  /** Without it nobody knows where roots lie. */
  readonly isAgentRunning: boolean;
}

const AGENT_MS = 3_000;

export async function readHostFacts(home: Home, { signal }: { readonly signal: AbortSignal }): Promise<HostFacts> {
  const status = await askAgent(home, signal);
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return {
    host: {
      id: ownHostId(home),
      name: status?.hostName ?? ownHostName(),
      user: userInfo().username,
      home: userHome(),
      os: process.platform,
      arch: process.arch,
      tz: timeZone ?? 'UTC',
    },
    roots: status?.roots.map(({ id, name, path }) => ({ id, name, path })) ?? [],
    isAgentRunning: status !== undefined,
  };
}

async function askAgent(home: Home, signal: AbortSignal) {
  const { connectControl } = await import('../../agent/control/client.ts');
  try {
    await using agent = await connectControl(home);
    return await agent.call('status', {}, { signal, timeoutMs: AGENT_MS });
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}
