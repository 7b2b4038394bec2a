import type { Cli, ExitCode } from '../../platform/cli.ts';
import { formatTable } from '../../platform/format.ts';
import { readHosts } from '../engine/config/hosts-file.ts';
import type { JsonOption } from './host-commands.ts';

export async function hostLs(cli: Cli, { json }: JsonOption): Promise<ExitCode> {
  const hosts = readHosts(cli.home);
  if (json) cli.printJson({ hosts });
  else {
    const rows = hosts.map(({ name, destination, transport, paused }) => [
      cli.colors.bold(name),
      destination,
      transport === 'auto' ? '' : transport,
      paused ? '‖ paused' : '',
    ]);
    for (const line of formatTable(rows)) cli.print(line);
    if (hosts.length === 0) cli.note('No hosts. Add one: dsync host add NAME');
  }
  return 0;
}
