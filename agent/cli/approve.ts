import type { Cli, ExitCode } from '../../platform/cli.ts';
import { formatCount } from '../../platform/format.ts';
import { rootParams } from './root-params.ts';
import { withAgent } from './with-agent.ts';

export function approve(cli: Cli, root: string | undefined, { yes }: { readonly yes?: true }): Promise<ExitCode> {
  return withAgent<ExitCode>(cli, async (agent) => {
    const { deletes } = await agent.call('held', rootParams(root), { signal: cli.signal });
    if (deletes.length === 0) {
      cli.print('No deletes are held back.');
      return 0;
    }
    for (const held of deletes) cli.print(`${held.root}: ${held.path}`);
    const question = `Delete ${formatCount(deletes.length, 'path')} on the other hosts as well? They go to the trash there.`;
    if (!yes) {
      if (!cli.canAsk) {
        cli.note('Nothing was deleted: no terminal to ask in. Approve with: dsync approve --yes');
        return 3;
      }
      const { confirm } = await import('@inquirer/prompts');
      const go = await confirm({ message: question, default: false }, { output: process.stderr, signal: cli.signal });
      if (!go) {
        cli.note('Nothing was deleted. Bring it all back: dsync reject');
        return 3;
      }
    }
    const { approved } = await agent.call('approve', rootParams(root), { signal: cli.signal });
    cli.print(`${formatCount(approved, 'delete')} approved. Bring one back, on a host that had it: dsync restore PATH`);
    return 0;
  });
}

export function reject(cli: Cli, root: string | undefined): Promise<ExitCode> {
  return withAgent<ExitCode>(cli, async (agent) => {
    const { rejected } = await agent.call('reject', rootParams(root), { signal: cli.signal });
    cli.print(
      rejected === 0
        ? 'No deletes are held back.'
        : `${formatCount(rejected, 'path')} will come back from the hosts that have them. See: dsync status`,
    );
    return 0;
  });
}
