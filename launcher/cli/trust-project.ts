import type { Cli, ExitCode } from '../../platform/cli.ts';
import { visible } from '../../platform/visible.ts';
import { trust, untrusted, withdrawTrust } from '../launch/trust.ts';
import { detectAt } from '../upkeep/look.ts';
import { describe } from './ask-trust.ts';
import { openLauncher, projectOf } from './launcher.ts';
import type { TrustOptions } from './run-commands.ts';

export async function trustProject(cli: Cli, query: string, { yes, remove }: TrustOptions): Promise<ExitCode> {
  const { project, path, workspacePath } = await projectOf(await openLauncher(cli), query);
  const name = visible(project.name);
  if (remove) {
    const was = await withdrawTrust(cli.home, path);
    cli.print(was ? `${name} is no longer trusted` : `${name} was not trusted`);
    return 0;
  }
  const { commands } = await detectAt(path, workspacePath);
  const unseen = untrusted(cli.home, path, commands);
  for (const command of unseen) cli.note(`  ${visible(describe(command))}`);
  if (unseen.length > 0 && yes !== true) {
    if (!cli.canAsk) {
      cli.note('Agree to it with: dlaunch trust --yes');
      return 1;
    }
    const { confirm } = await import('@inquirer/prompts');
    const context = { signal: cli.signal, output: process.stderr };
    if (!(await confirm({ message: `Trust these of ${name}?`, default: false }, context))) return 1;
  }
  await trust(cli.home, path, unseen);
  cli.print(`${name} is trusted: ${unseen.length} commands more`);
  return 0;
}
