import { absPath } from '../../platform/abs-path.ts';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { formatBytes, formatCount, formatTable } from '../../platform/format.ts';
import type { JsonOption } from './host-commands.ts';
import { rootParams } from './root-params.ts';
import { withAgent } from './with-agent.ts';

export async function conflicts(cli: Cli, root: string | undefined, { json }: JsonOption): Promise<ExitCode> {
  const result = await withAgent(cli, (agent) => agent.call('conflicts', rootParams(root), { signal: cli.signal }));
  if (json) cli.printJson(result);
  else {
    const rows = result.conflicts.map(({ root: name, path, author, at, sizeBytes, copy }) => [
      cli.colors.bold(`${name}: ${path}`),
      `${author} had ${formatBytes(sizeBytes)} of ${at}`,
      cli.colors.dim(copy),
    ]);
    for (const line of formatTable(rows)) cli.print(line);
    if (rows.length === 0) cli.print('No conflicts.');
    else cli.note('Settle one with: dsync resolve PATH --mine, --theirs or --both');
  }
  return 0;
}

export async function resolve(cli: Cli, path: string, keep: 'mine' | 'theirs' | 'both'): Promise<ExitCode> {
  const params = { path: absPath(path), keep };
  const { resolved, kept } = await withAgent(cli, (agent) => agent.call('resolve', params, { signal: cli.signal }));
  cli.print(`${formatCount(resolved.length, 'conflict')} settled; kept: ${kept}`);
  return 0;
}
