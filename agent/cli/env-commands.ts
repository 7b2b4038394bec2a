import type { Command } from 'commander';
import type { Execute } from '../../platform/cli.ts';
import type { JsonOption } from './host-commands.ts';

export interface EnvOptions extends JsonOption {
  readonly file?: true;
  readonly secret?: true;
  readonly host?: string;
  readonly all?: true;
}

export function addEnvCommands(program: Command, execute: Execute): void {
  const env = program.command('env').description('variables and dotfiles that are the same on all hosts');
  env
    .command('add')
    .description('carry variables, with the values they have in this shell, or dotfiles, to all hosts')
    .argument('<name...>', 'NAME, NAME=VALUE, or with --file a path below your home')
    .option('--file', 'these are files')
    .option('--secret', 'these are secrets: said outright, since they then lie on every host')
    .option('--host <name>', 'for this host alone, in place of what all have')
    .addHelpText(
      'after',
      `
New shells have them, through aliases.sh. Never carried: what belongs to a machine, a terminal or a login
(SSH_*, DISPLAY, TMUX, PATH, HOME, …), and ~/.ssh.

Example:
  dsync env add EDITOR PAGER=less
  dsync env add --secret NPM_TOKEN
  dsync env add CUDA_HOME=/opt/cuda --host gpu
  dsync env add --file ~/.gitconfig ~/.config/foo`,
    )
    .action((names: string[], options: EnvOptions) =>
      execute(async (cli) => (await import('./env.ts')).envAdd(cli, names, options)),
    );
  env
    .command('ls')
    .description('list what is carried; exit 3 where something waits to be accepted here')
    .option('--json', 'print JSON, without the values of secrets')
    .addHelpText('after', '\nExample:\n  dsync env ls')
    .action((options: JsonOption) => execute(async (cli) => (await import('./env.ts')).envLs(cli, options)));
  env
    .command('rm')
    .description('carry it no longer; files stay where they are on every host')
    .argument('<name...>', 'names, or with --file paths')
    .option('--file', 'these are files')
    .option('--host <name>', 'only what is for this host alone')
    .addHelpText('after', '\nExample:\n  dsync env rm EDITOR\n  dsync env rm --file ~/.gitconfig')
    .action((names: string[], options: EnvOptions) =>
      execute(async (cli) => (await import('./env.ts')).envRm(cli, names, options)),
    );
  env
    .command('accept')
    .description('let what another host added hold here as well')
    .argument('[name...]', 'as dsync env ls shows them')
    .option('--all', 'all of it, and whatever comes')
    .addHelpText('after', '\nExample:\n  dsync env accept EDITOR\n  dsync env accept --all')
    .action((names: string[], options: EnvOptions) =>
      execute(async (cli) => (await import('./env.ts')).envAccept(cli, names, options)),
    );
}
