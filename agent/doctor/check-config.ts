import { formatCount } from '../../platform/format.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';

export function checkConfig({ faults, hosts, roots, agent }: Context): Check {
  return {
    name: 'configuration',
    deadlineMs: 8000,
    async run(notes) {
      for (const { code, text, cure } of faults) {
        notes.finding(code, text, cure === undefined ? {} : { cure });
      }
      notes.detail(`${formatCount(hosts.length, 'host')}, ${formatCount(roots.length, 'root')}`);
      const answer = await agent();
      if (answer.kind !== 'up') return;
      for (const { file, line, cause, cure } of answer.status.configProblems ?? []) {
        const text = `${file}:${line}: ${cause}`;
        if (!faults.some((fault) => text.startsWith(fault.text))) notes.finding('CONFIG_LINE', text, { cure });
      }
    },
  };
}
