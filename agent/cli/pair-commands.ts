import type { Command } from 'commander';
import type { Execute } from '../../platform/cli.ts';
import type { JsonOption } from './host-commands.ts';

export interface PairOptions {
  readonly listen?: string | true;
  readonly name?: string;
}

export function addPairCommands(program: Command, execute: Execute): void {
  const pair = program
    .command('pair')
    .description('link to a host that has no sshd: compare a short code on both, and say yes on both')
    .argument('[address]', 'where the other host listens, ADDRESS:PORT')
    .option(
      '--listen [address:port]',
      'be the one that listens, and wait for the other one; 127.0.0.1:7922 if absent; `off` ends it',
    )
    .option('--name <name>', 'what to call the other host here; its own name if absent')
    .addHelpText(
      'after',
      `
Where nobody sits at a terminal the code is printed, and a line with \`yes\` on stdin accepts it.

Example:
  dsync pair --listen 192.168.1.20:7922   on the one
  dsync pair 192.168.1.20:7922            on the other`,
    )
    .action((address: string | undefined, options: PairOptions) =>
      execute(async (cli) => (await import('./pair.ts')).pair(cli, address, options)),
    );
  pair
    .command('ls')
    .description('list the paired hosts, and where this one listens')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dsync pair ls')
    .action((options: JsonOption) => execute(async (cli) => (await import('./pair-ls.ts')).pairLs(cli, options)));
  pair
    .command('revoke')
    .description('refuse a paired host’s key from now on, and cut its link; no file is touched')
    .argument('<name>')
    .addHelpText('after', '\nExample:\n  dsync pair revoke laptop')
    .action((name: string) => execute(async (cli) => (await import('./pair-ls.ts')).pairRevoke(cli, name)));
}
