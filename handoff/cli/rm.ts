import type { Cli, ExitCode } from '../../platform/cli.ts';
import { formatCount } from '../../platform/format.ts';
import { removeSnapshot } from '../session.ts';

export async function rm(cli: Cli, name: string, { json }: { readonly json?: true }): Promise<ExitCode> {
  const removed = await removeSnapshot(cli.home, name);
  if (json) cli.printJson({ removed });
  else cli.print(`Forgot ${formatCount(removed.length, 'saved session')}. What runs goes on.`);
  return 0;
}
