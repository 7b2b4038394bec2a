import type { Cli, ExitCode } from '../../platform/cli.ts';
import { formatCount, formatDuration, formatTable } from '../../platform/format.ts';
import { visible } from '../../platform/visible.ts';
import { listSnapshots } from '../session.ts';

export async function list(cli: Cli, { json }: { readonly json?: true }): Promise<ExitCode> {
  const saved = await listSnapshots(cli.home);
  if (json) cli.printJson({ snapshots: saved });
  else {
    if (saved.length === 0) cli.note('No session was saved yet. Save one: dsync handoff save');
    const rows = saved.map(({ id, name, createdAt, trigger, host, sessions, panes, services, fault }) => [
      cli.colors.bold(visible(name ?? '-')),
      id,
      `${formatDuration(Date.now() - Date.parse(createdAt))} ago`,
      trigger,
      visible(host),
      fault === undefined
        ? visible(
            [sessions.join(' '), formatCount(panes, 'pane'), formatCount(services, 'service')]
              .filter(Boolean)
              .join(', '),
          )
        : cli.colors.red(`unusable: ${visible(fault)}`),
    ]);
    for (const line of formatTable(rows)) cli.print(line);
  }
  return saved.some(({ fault }) => fault !== undefined) ? 3 : 0;
}
