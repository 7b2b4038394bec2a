import type { Cli, ExitCode } from '../../../platform/cli.ts';
import type { JsonOption } from '../host-commands.ts';

export async function setupCheck(_cli: Cli, _host: string, _options: JsonOption): Promise<ExitCode> {
  return 1;
}
