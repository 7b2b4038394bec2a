import type { Command } from 'commander';
import type { Execute } from '../../platform/cli.ts';
import type { JsonOption } from './host-commands.ts';

export interface PushPullOptions extends JsonOption {
  readonly dryRun?: true;
  readonly delete?: true;
  readonly yes?: true;
}

/** The words of a command line, those after `--` apart. */
export interface Words {
  readonly places: readonly string[];
  readonly rsync: readonly string[];
}

export function addByHandCommands(program: Command, execute: Execute): void {
  for (const direction of ['push', 'pull'] as const) {
    const { description, long, example } = TEXT[direction];
    program
      .command(direction)
      .description(description)
      .argument('[place]', 'a root, or a folder or file; the working directory if absent')
      .argument('[host]', 'a host, HOST:PATH or ssh://USER@HOST:PORT/PATH; what .env or the root says if absent')
      .argument('[rsync...]', 'after --: options for rsync')
      .option('-n, --dry-run', 'show what would be done, file by file; change nothing')
      .option('--delete', 'delete on the side that is written what the other has not')
      .option('-y, --yes', 'do not ask')
      .option('--json', 'print JSON, one object a line')
      .addHelpText('after', `\n${long}\n\nExample:\n  ${example.join('\n  ')}`)
      .action((...given: unknown[]) => {
        const command = given.at(-1) as Command;
        const words = splitWords(command);
        const options = command.opts<PushPullOptions>();
        return execute(async (cli) => (await import('./push-pull.ts')).pushPull(cli, direction, words, options));
      });
  }
  program
    .command('setup-check')
    .description('check that push and pull work with a host; says what to do about each finding')
    .argument('<host>', 'a host, HOST:PATH or ssh://USER@HOST:PORT/PATH')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dsync setup-check web:/srv/app')
    .action((host: string, options: JsonOption) =>
      execute(async (cli) => (await import('./setup-check/setup-check.ts')).setupCheck(cli, host, options)),
    );
}

/** commander takes `--` away; how many words stood behind it, the raw command line tells. */
function splitWords(command: Command): Words {
  let top: Command = command;
  while (top.parent !== null) top = top.parent;
  const raw: unknown = Reflect.get(top, 'rawArgs');
  const dashes = Array.isArray(raw) ? raw.indexOf('--') : -1;
  const behind = Array.isArray(raw) && dashes >= 0 ? raw.length - dashes - 1 : 0;
  const places = command.args.slice(0, command.args.length - behind);
  if (places.length > 2)
    command.error('error: at most a place and a host go before -- (options for rsync go behind it)');
  return { places, rsync: command.args.slice(command.args.length - behind) };
}

const SHARED = `What would replace a newer file, or delete anything, is listed and asked about first; where nobody can be asked, --yes is
needed. What is replaced or deleted goes to .dsync/local/backups/ on the side that is written. Nothing but sshd and
rsync is needed on the other side. Exit codes: 0 done; 1 failed; 2 wrong usage; 3 nothing done, because nobody agreed.`;

const TEXT = {
  push: {
    description: 'copy a folder to a host by rsync, once: this side wins',
    long: SHARED,
    example: [
      'dsync push ~/code/site web:/srv/site --dry-run',
      'dsync push code gpu --delete',
      'dsync push -- -z --bwlimit=2m',
    ],
  },
  pull: {
    description: 'copy a folder from a host by rsync, once: the other side wins',
    long: SHARED,
    example: ['dsync pull ~/code/site web:/srv/site --dry-run', 'dsync pull ~/code/results gpu --yes'],
  },
} as const;
