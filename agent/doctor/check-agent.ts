import { messageOf } from '../../platform/failure.ts';
import { formatBytes, formatDuration } from '../../platform/format.ts';
import { VERSION } from '../../platform/version.ts';
import { formatAddress } from '../engine/config/edit-pairs.ts';
import type { ListenAddress } from '../engine/config/pairing-file.ts';
import { connectTcp } from '../link/connect-socket.ts';
import type { Check, Notes } from './check.ts';
import type { Context } from './context.ts';

/** What a doctor may do to the agent. */
export interface AgentCare {
  readonly start: () => Promise<string>;
  readonly restart: () => Promise<string>;
}

export function checkAgent({ agent, hosts, roots, listen }: Context, care: AgentCare): Check {
  return {
    name: 'agent',
    deadlineMs: 8000,
    async run(notes, signal) {
      const answer = await agent();
      switch (answer.kind) {
        case 'down':
          if (hosts.length + roots.length === 0) notes.detail('not running; there is nothing to sync yet');
          else notes.finding('AGENT_DOWN', 'The agent is not running', { fix: care.start });
          return;
        case 'hangs':
          notes.finding('AGENT_HANGS', `The agent does not answer: ${answer.why}`);
          return;
        case 'up': {
          const { version, pid, startedAt, memoryBytes } = answer.status;
          if (version !== VERSION) {
            const text = `The agent is of version ${version}, this command of ${VERSION}`;
            notes.finding('AGENT_VERSION', text, { fix: care.restart });
          }
          const up = formatDuration(Date.now() - startedAt);
          notes.detail(`version ${version}, pid ${pid}, up ${up}, ${formatBytes(memoryBytes)}`);
          if (listen !== undefined) await checkDoor(notes, listen, signal);
        }
      }
    },
  };
}

async function checkDoor(notes: Notes, listen: ListenAddress, signal: AbortSignal): Promise<void> {
  const at = formatAddress(listen);
  try {
    const socket = await connectTcp({ host: at, hostname: listen.address, port: listen.port }, { signal });
    socket.destroy();
    notes.detail(`listens at ${at} for paired hosts`);
  } catch (error) {
    signal.throwIfAborted();
    notes.finding('PAIR_DOOR_CLOSED', `This host does not listen for paired hosts: ${messageOf(error)}`);
  }
}
