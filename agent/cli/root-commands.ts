import { type Command, InvalidArgumentError } from 'commander';
import type { Execute } from '../../platform/cli.ts';
import type { JsonOption } from './host-commands.ts';

export interface HostAndPath {
  readonly host: string;
  readonly path?: string;
}

export interface RootAddOptions extends JsonOption {
  readonly host?: readonly HostAndPath[];
  readonly name?: string;
}

export function addRootCommands(program: Command, execute: Execute): void {
  const root = program.command('root').description('the folders that are kept in sync');
  root
    .command('add')
    .description('keep a folder in sync')
    .argument('<path>', 'an existing folder')
    .option(
      '--host <name[:path]>',
      'with this host, there at PATH; may be given more than once; a root gets them beside those that it has; all hosts if absent',
      collectHost,
    )
    .option('--name <name>', 'what to call it; the folder’s name if absent')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  dsync root add ~/code\n  dsync root add ~/models --host gpu:/data/models --host vps --name models',
    )
    .action((path: string, options: RootAddOptions) =>
      execute(async (cli) => (await import('./roots.ts')).rootAdd(cli, path, options)),
    );
  root
    .command('ls')
    .description('list the roots')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dsync root ls --json')
    .action((options: JsonOption) => execute(async (cli) => (await import('./roots.ts')).rootLs(cli, options)));
  root
    .command('rm')
    .description('stop keeping a folder in sync here; no file is touched, here or elsewhere')
    .argument('<root>', 'its name, id or path')
    .option('--forget', 'forget all that is known of it as well; a host that still shares it may bring it back')
    .addHelpText('after', '\nExample:\n  dsync root rm models')
    .action((target: string, options: { readonly forget?: true }) =>
      execute(async (cli) => (await import('./roots.ts')).rootRm(cli, target, options)),
    );
}

function collectHost(text: string, before: readonly HostAndPath[] = []): readonly HostAndPath[] {
  const [, host, path] = /^([^:]+)(?::(.+))?$/s.exec(text) ?? [];
  if (host === undefined) throw new InvalidArgumentError('It should be NAME or NAME:PATH.');
  if (path !== undefined && !/^(\/|~$|~\/)/.test(path)) {
    throw new InvalidArgumentError('The path on that host should be absolute, or start with ~/.');
  }
  return [...before, path === undefined ? { host } : { host, path }];
}
