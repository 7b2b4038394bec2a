import type { Cli, ExitCode } from '../../platform/cli.ts';
import { addHost } from '../control/add-host.ts';
import { askHostKey } from './ask-host-key.ts';
import { formatFacts } from './format-facts.ts';
import type { HostAddOptions } from './host-commands.ts';
import { INSTALLER } from './installer.ts';
import { reloadAgent } from './with-agent.ts';

export async function hostAdd(
  cli: Cli,
  {
    name,
    destination,
    transport,
    acceptNew,
    shipNode,
    json,
  }: HostAddOptions & { readonly name: string; readonly destination: string },
): Promise<ExitCode> {
  const options = {
    name,
    destination,
    transport,
    shipNode: shipNode === true,
    askHostKey: askHostKey(cli, { acceptNew: acceptNew === true }),
    onProgress: (text: string) => cli.note(cli.colors.dim(text)),
    signal: cli.signal,
  };
  const { host, facts, deployed } = await addHost(cli.home, options, INSTALLER);
  if (json) cli.printJson({ host, facts, deployed });
  else {
    cli.print(`${cli.colors.green('✓ added')}  ${cli.colors.bold(name)} (${destination})`);
    for (const line of formatFacts(facts)) cli.print(line);
    cli.print(`  dsync ${deployed.fresh ? 'installed' : 'was there already'} (${deployed.hash})`);
    cli.note(`Keep a folder in sync with it: dsync root add PATH --host ${name}`);
  }
  await reloadAgent(cli);
  return 0;
}
