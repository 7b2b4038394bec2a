import { formatBytes, formatDuration } from '../../platform/format.ts';
import { VERSION } from '../../platform/version.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';

/** What a doctor may do to the agent. */
export interface AgentCare {
  readonly start: () => Promise<string>;
  readonly restart: () => Promise<string>;
}

export function checkAgent({ agent, hosts, roots }: Context, care: AgentCare): Check {
  return {
    name: 'agent',
    deadlineMs: 8000,
    async run(notes) {
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
        }
      }
    },
  };
}
