import type { Command } from 'commander';
import type { Execute } from '../../platform/cli.ts';

export interface DiscoverOptions {
  readonly quiet?: true;
  readonly json?: true;
  readonly dryRun?: true;
}

export interface ListOptions {
  readonly json?: true;
  readonly format?: string;
  readonly tag?: string;
  readonly all?: true;
}

export interface AddOptions {
  readonly name?: string;
  readonly json?: true;
}

export interface ListEdit {
  readonly remove?: true;
}

export function addProjectCommands(program: Command, execute: Execute): void {
  program
    .command('discover')
    .description('find projects, and remember them; no code of theirs is run')
    .argument('[folders...]', 'where to look; without any: the settings, synced roots, usual folders, known projects')
    .option('-q, --quiet', 'print nothing')
    .option('--dry-run', 'print what would be found, and remember nothing')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dlaunch discover ~/code ~/work')
    .action((folders: string[], options: DiscoverOptions) =>
      execute(async (cli) => (await import('./discover.ts')).discover(cli, folders, options)),
    );
  program
    .command('list')
    .alias('ls')
    .description('list the projects, the most used first')
    .argument('[filter]', 'those that match')
    .option('--json', 'print JSON')
    .option(
      '--format <format>',
      'tsv, or a text with {name} {path} {kinds} {usual} {tags} {aliases} {id} {hosts} {score}',
    )
    .option('--tag <tag>', 'those with this tag')
    .option('-a, --all', 'also those that are missing or on other hosts only')
    .addHelpText('after', "\nExample:\n  dlaunch list\n  dlaunch list --format '{name}\\t{path}' web | fzf")
    .action((filter: string | undefined, options: ListOptions) =>
      execute(async (cli) => (await import('./list.ts')).list(cli, filter, options)),
    );
  program
    .command('path')
    .description('print where a project lies')
    .argument('<project>')
    .addHelpText('after', '\nExample:\n  cd "$(dlaunch path web)"')
    .action((query: string) => execute(async (cli) => (await import('./list.ts')).path(cli, query)));
  program
    .command('explain')
    .description('say what a project is taken for, which commands it has, and why')
    .argument('[project]', 'a name or a path', '.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dlaunch explain web')
    .action((query: string, options: { json?: true }) =>
      execute(async (cli) => (await import('./explain.ts')).explain(cli, query, options)),
    );
  addEdits(program, execute);
}

function addEdits(program: Command, execute: Execute): void {
  program
    .command('add')
    .description('remember a folder as a project, whatever is in it')
    .argument('[folder]', 'an existing folder', '.')
    .option('--name <name>', 'what to call it; the folder’s name if absent')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dlaunch add ~/notes --name notes')
    .action((folder: string, options: AddOptions) =>
      execute(async (cli) => (await import('./edit.ts')).add(cli, folder, options)),
    );
  program
    .command('rm')
    .description('forget a project; its folder stays as it is')
    .argument('<project>')
    .addHelpText('after', '\nExample:\n  dlaunch rm web')
    .action((query: string) => execute(async (cli) => (await import('./edit.ts')).rm(cli, query)));
  program
    .command('rename')
    .description('call a project otherwise; its folder stays as it is')
    .argument('<project>')
    .argument('<name>')
    .addHelpText('after', '\nExample:\n  dlaunch rename web shop')
    .action((query: string, name: string) =>
      execute(async (cli) => (await import('./edit.ts')).rename(cli, query, name)),
    );
  program
    .command('tag')
    .description('give a project tags')
    .argument('<project>')
    .argument('<tags...>')
    .option('-r, --remove', 'take them away')
    .addHelpText('after', '\nExample:\n  dlaunch tag web acme frontend')
    .action((query: string, tags: string[], options: ListEdit) =>
      execute(async (cli) =>
        (await import('./edit.ts')).editTexts(cli, query, { key: 'tags', texts: tags, ...options }),
      ),
    );
  program
    .command('alias')
    .description('give a project other names, which never shift with use')
    .argument('<project>')
    .argument('<names...>')
    .option('-r, --remove', 'take them away')
    .addHelpText('after', '\nExample:\n  dlaunch alias web w')
    .action((query: string, names: string[], options: ListEdit) =>
      execute(async (cli) =>
        (await import('./edit.ts')).editTexts(cli, query, { key: 'aliases', texts: names, ...options }),
      ),
    );
  program
    .command('merge')
    .description('take in what another host’s registry knows')
    .argument('<file>', 'its projects.json; - reads it from stdin')
    .addHelpText('after', '\nExample:\n  ssh gpu cat .local/state/dsync/projects.json | dlaunch merge -')
    .action((file: string) => execute(async (cli) => (await import('./edit.ts')).merge(cli, file)));
}
