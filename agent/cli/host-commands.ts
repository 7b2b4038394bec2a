import { type Command, Option } from 'commander';
import type { Execute } from '../../platform/cli.ts';

export interface HostAddOptions {
  readonly acceptNew?: true;
  readonly shipNode?: true;
  readonly transport: 'auto' | 'ssh2' | 'openssh';
  readonly json?: true | undefined;
}

export interface JsonOption {
  readonly json?: true | undefined;
}

export function addHostCommands(program: Command, execute: Execute): void {
  const host = program.command('host').description('the hosts that this one links to');
  host
    .command('add')
    .description('link to a host: connect over ssh, look what is there, install dsync there')
    .argument('<name>', 'what to call it, such as gpu')
    .argument('[destination]', 'what ssh calls it: an alias, user@host or ssh://user@host:port; NAME if absent')
    .option('--accept-new', 'accept an unknown host key without asking')
    .option('--ship-node', 'bring Node.js along if there is none')
    .addOption(
      new Option('--transport <kind>', 'which program speaks ssh').choices(['auto', 'ssh2', 'openssh']).default('auto'),
    )
    .option('--json', 'print what was found as JSON')
    .addHelpText('after', '\nExample:\n  dsync host add gpu\n  dsync host add vps deploy@203.0.113.7 --accept-new')
    .action((name: string, destination: string | undefined, options: HostAddOptions) =>
      execute(async (cli) =>
        (await import('./host-add.ts')).hostAdd(cli, { name, destination: destination ?? name, ...options }),
      ),
    );
  host
    .command('ls')
    .description('list the hosts')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dsync host ls')
    .action((options: JsonOption) => execute(async (cli) => (await import('./host-ls.ts')).hostLs(cli, options)));
  host
    .command('rm')
    .description('unlink a host; no file is touched, here or there')
    .argument('<name>')
    .addHelpText('after', '\nExample:\n  dsync host rm gpu')
    .action((name: string) => execute(async (cli) => (await import('./host-rm.ts')).hostRm(cli, name)));
  host
    .command('test')
    .description('connect to a host and time each step')
    .argument('<name>')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dsync host test gpu')
    .action((name: string, options: JsonOption) =>
      execute(async (cli) => (await import('./host-test.ts')).hostTest(cli, name, options)),
    );
  host
    .command('upgrade')
    .description("install this host's version of dsync on another one, and restart the agent there")
    .argument('[name]', 'all hosts if absent')
    .option('--all', 'all hosts, one after the other')
    .option('--ship-node', 'bring Node.js along if there is none')
    .addHelpText('after', '\nExample:\n  dsync host upgrade gpu\n  dsync host upgrade --all')
    .action((name: string | undefined, options: { readonly shipNode?: true; readonly all?: true }) =>
      execute(async (cli) => (await import('./host-upgrade.ts')).hostUpgrade(cli, name, options)),
    );
}
