/**
 * `dsync handoff …`, in the one table of commands of dsync. Each command loads what it needs when it runs.
 *
 * @module
 */
import type { Command } from 'commander';
import type { Execute } from '../../platform/cli.ts';
import { addConnectCommands, parseSize } from './connect-command.ts';

export interface SaveOptions {
  readonly json?: true;
  readonly session?: readonly string[];
  readonly socket?: string;
  readonly scrollback: boolean;
}

export interface RestoreCommandOptions {
  readonly retry?: true;
  readonly dryRun?: true;
  readonly json?: true;
  readonly socket?: string;
  readonly map?: readonly string[];
  readonly size?: { readonly cols: number; readonly rows: number };
}

export function addHandoffCommands(program: Command, execute: Execute): void {
  const handoff = program
    .command('handoff')
    .description('save the terminal session, put it up again, and take it to another host');
  handoff
    .command('save')
    .description('save the terminal session as it stands: tmux, what runs in it, services, editors, git')
    .argument('[name]', 'what to call it')
    .option('--session <name...>', 'only these tmux sessions')
    .option('--socket <path>', 'the tmux server at this socket')
    .option('--no-scrollback', 'leave out what scrolled by')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dsync handoff save before-lunch')
    .action((name: string | undefined, options: SaveOptions) =>
      execute(async (cli) => (await import('./save.ts')).save(cli, name, options)),
    );
  handoff
    .command('list')
    .alias('ls')
    .description('list the saved sessions, the youngest first')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dsync handoff list')
    .action((options: { json?: true }) => execute(async (cli) => (await import('./list.ts')).list(cli, options)));
  handoff
    .command('show')
    .description('show what a saved session holds')
    .argument('[name]', 'its name or id; the youngest if absent')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dsync handoff show before-lunch')
    .action((name: string | undefined, options: { json?: true }) =>
      execute(async (cli) => (await import('./show.ts')).show(cli, name, options)),
    );
  handoff
    .command('rm')
    .description('forget a saved session; what runs goes on')
    .argument('<name>', 'its name or id')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dsync handoff rm before-lunch')
    .action((name: string, options: { json?: true }) =>
      execute(async (cli) => (await import('./rm.ts')).rm(cli, name, options)),
    );
  handoff
    .command('restore')
    .description('put a saved session up again on this host; what stands already is left alone')
    .argument('[name]', 'its name or id; the youngest if absent')
    .option('--dry-run', 'print the plan, and do nothing')
    .option('--map <from=to...>', 'a folder that lies elsewhere here')
    .option('--size <cols>x<rows>', 'of the terminal that will show it; this one if absent', parseSize)
    .option('--socket <path>', 'the tmux server at this socket')
    .option('--retry', 'finish handoffs that were cut off, or that could not be put up as a whole')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dsync handoff restore before-lunch --dry-run')
    .action((name: string | undefined, options: RestoreCommandOptions) =>
      execute(async (cli) => {
        if (options.retry) return (await import('./retry.ts')).retry(cli, options);
        return (await import('./restore.ts')).restore(cli, name, options);
      }),
    );
  addConnectCommands(handoff, execute);
}
