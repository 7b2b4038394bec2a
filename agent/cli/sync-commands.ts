import { type Command, InvalidArgumentError } from 'commander';
import type { Execute } from '../../platform/cli.ts';
import type { JsonOption } from './host-commands.ts';

export interface WaitOptions extends JsonOption {
  readonly timeout?: number;
}

export interface SyncOptions extends JsonOption {
  readonly wait?: boolean;
}

export function addSyncCommands(program: Command, execute: Execute): void {
  program
    .command('sync')
    .description(
      'look through a root at once for changes that were missed, and show how far they are until all is done',
    )
    .argument('[root]', 'its name, id or path; all if absent')
    .option('--no-wait', 'end once it is looked through')
    .option('--json', 'print lines of JSON: progress twice a second, what was done as the last')
    .addHelpText('after', '\nExample:\n  dsync sync code\n  dsync sync code --json | tail -n 1 | jq .inSync')
    .action((root: string | undefined, options: SyncOptions) =>
      execute(async (cli) => (await import('./look-through.ts')).sync(cli, root, options)),
    );
  program
    .command('wait')
    .description('wait until the other hosts have a file, a folder or everything; exit 1 if they don’t in time')
    .argument('[path]', 'a path in a root; everything if absent')
    .option('--timeout <seconds>', 'how long at most', parseSeconds)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dsync wait ~/code/app --timeout 30 && ssh gpu make -C code/app')
    .action((path: string | undefined, options: WaitOptions) =>
      execute(async (cli) => (await import('./sync.ts')).wait(cli, path, options)),
    );
  program
    .command('verify')
    .description('prove that all hosts hold the same, by a digest over everything; exit 1 if they don’t')
    .argument('[root]', 'its name, id or path; all if absent')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dsync verify code')
    .action((root: string | undefined, options: JsonOption) =>
      execute(async (cli) => (await import('./sync.ts')).verify(cli, root, options)),
    );
  program
    .command('pause')
    .description('stop syncing a root, or with a host, until `dsync resume`')
    .argument('[target]', 'a root or a host; all roots if absent')
    .addHelpText('after', '\nExample:\n  dsync pause gpu')
    .action((target: string | undefined) => execute(async (cli) => (await import('./sync.ts')).pause(cli, target)));
  program
    .command('resume')
    .description('go on after `dsync pause`')
    .argument('[target]', 'a root or a host; all roots if absent')
    .addHelpText('after', '\nExample:\n  dsync resume gpu')
    .action((target: string | undefined) => execute(async (cli) => (await import('./sync.ts')).resume(cli, target)));
  program
    .command('approve')
    .description('let through the deletes that were held back because there are so many; lists them and asks')
    .argument('[root]', 'its name, id or path; all if absent')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  dsync approve code')
    .action((root: string | undefined, options: { readonly yes?: true }) =>
      execute(async (cli) => (await import('./approve.ts')).approve(cli, root, options)),
    );
  program
    .command('reject')
    .description('undo the deletes that were held back: other hosts send back what is missing here')
    .argument('[root]', 'its name, id or path; all if absent')
    .addHelpText('after', '\nExample:\n  dsync reject code')
    .action((root: string | undefined) => execute(async (cli) => (await import('./approve.ts')).reject(cli, root)));
  program
    .command('ignored')
    .description('say whether a path is kept out of the sync, and by which rule')
    .argument('<path>')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dsync ignored ~/code/app/dist')
    .action((path: string, options: JsonOption) =>
      execute(async (cli) => (await import('./sync.ts')).ignored(cli, path, options)),
    );
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds >= 0) || seconds > 86_400 * 20)
    throw new InvalidArgumentError('It should be a number of seconds.');
  return seconds;
}
