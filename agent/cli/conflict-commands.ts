import type { Command } from 'commander';
import type { Execute } from '../../platform/cli.ts';
import type { JsonOption } from './host-commands.ts';

export interface ResolveOptions {
  readonly mine?: true;
  readonly theirs?: true;
  readonly both?: true;
}

export interface RestoreOptions extends JsonOption {
  readonly at?: string;
  readonly list?: true;
}

export function addConflictCommands(program: Command, execute: Execute): void {
  program
    .command('conflicts')
    .description('list the files that were changed on two hosts at once')
    .argument('[root]', 'its name, id or path; all if absent')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dsync conflicts')
    .action((root: string | undefined, options: JsonOption) =>
      execute(async (cli) => (await import('./conflicts.ts')).conflicts(cli, root, options)),
    );
  const resolve = program
    .command('resolve')
    .description('settle a conflict, on all hosts')
    .argument('<path>', 'the file, or its conflict copy')
    .option('--mine', "keep this host's content")
    .option('--theirs', "keep the other host's content")
    .option('--both', 'keep both, the conflict copy as a file of its own beside the other')
    .addHelpText(
      'after',
      '\nWhat is not kept goes to the trash: dsync restore.\n\nExample:\n  dsync resolve ~/code/app/main.ts --mine',
    );
  resolve.action((path: string, options: ResolveOptions) => {
    const chosen = (['mine', 'theirs', 'both'] as const).filter((keep) => options[keep]);
    const [keep] = chosen;
    if (keep === undefined || chosen.length > 1)
      return resolve.error('error: choose one of --mine, --theirs and --both');
    return execute(async (cli) => (await import('./conflicts.ts')).resolve(cli, path, keep));
  });
  program
    .command('restore')
    .description('bring back a file that dsync replaced or deleted')
    .argument('<path>')
    .option('--at <time>', 'which one, as --list shows it; the youngest if absent')
    .option('--list', 'list what can come back, and stop')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  dsync restore ~/code/app/main.ts --list\n  dsync restore ~/code/app/main.ts --at 20261121T053312Z',
    )
    .action((path: string, options: RestoreOptions) =>
      execute(async (cli) => (await import('./restore.ts')).restore(cli, path, options)),
    );
}
