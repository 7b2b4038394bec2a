import { type Command, InvalidArgumentError } from 'commander';
import type { Execute } from '../../platform/cli.ts';
import { addRunOptions, type RunOptions } from './run-options.ts';

export interface StopOptions {
  readonly force?: true;
  readonly all?: true;
  /** Milliseconds. */
  readonly grace: number;
}

export interface LogOptions {
  readonly follow?: true;
  readonly lines: number;
}

export interface TrustOptions {
  readonly remove?: true;
  readonly yes?: true;
}

export function addRunCommands(program: Command, execute: Execute): void {
  program
    .command('select')
    .description('choose a project from a list that narrows as you type')
    .argument('[query]', 'what to look for at first')
    .option('--print', 'print the path of what was chosen, and start nothing')
    .addHelpText('after', '\nExample:\n  dlaunch select\n  cd "$(dlaunch select --print)"')
    .action((query: string | undefined, options: { print?: true }) =>
      execute(async (cli) =>
        (await import('./select.ts')).select(cli, { ...options, ...(query === undefined ? {} : { query }) }),
      ),
    );
  const run = program
    .command('run')
    .description('start a project in this terminal')
    .argument('<project>')
    .argument('[command]', 'one of its commands; its default if absent')
    .addHelpText(
      'after',
      '\nExample:\n  dlaunch run web\n  dlaunch run web test\n  dlaunch run web --detach --port 4000',
    );
  addRunOptions(run).action((project: string, command: string | undefined, options: RunOptions) =>
    execute(async (cli) => (await import('./run.ts')).run(cli, project, { ...options, command })),
  );
  const up = program
    .command('up')
    .description('start all of a project in the background, in order')
    .argument('[project]', 'a name or a path', '.')
    .addHelpText('after', '\nExample:\n  dlaunch up shop');
  addRunOptions(up).action((project: string, options: RunOptions) =>
    execute(async (cli) => (await import('./run.ts')).up(cli, project, options)),
  );
  addRunning(program, execute);
  program
    .command('trust')
    .description('show what a project would run, and agree to it')
    .argument('[project]', 'a name or a path', '.')
    .option('-y, --yes', 'agree without being asked')
    .option('-r, --remove', 'take it back')
    .addHelpText('after', '\nExample:\n  dlaunch trust web')
    .action((project: string, options: TrustOptions) =>
      execute(async (cli) => (await import('./trust-project.ts')).trustProject(cli, project, options)),
    );
}

function addRunning(program: Command, execute: Execute): void {
  program
    .command('ps')
    .description('list what runs, with its ports')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dlaunch ps')
    .action((options: { json?: true }) => execute(async (cli) => (await import('./running.ts')).ps(cli, options)));
  program
    .command('logs')
    .description('print what a project has printed')
    .argument('<project>')
    .argument('[command]', 'of this command; of all if absent')
    .option('-f, --follow', 'go on until Ctrl-C')
    .option('-n, --lines <number>', 'only the last lines', parseLines, 200)
    .addHelpText('after', '\nExample:\n  dlaunch logs web -f')
    .action((project: string, command: string | undefined, options: LogOptions) =>
      execute(async (cli) => (await import('./running.ts')).logs(cli, project, { ...options, command })),
    );
  program
    .command('attach')
    .description('show the window that a project runs in')
    .argument('<project>')
    .argument('[command]')
    .addHelpText('after', '\nExample:\n  dlaunch attach web')
    .action((project: string, command: string | undefined) =>
      execute(async (cli) => (await import('./running.ts')).attach(cli, project, { command })),
    );
  program
    .command('stop')
    .description('end what runs of a project')
    .argument('[project]')
    .argument('[command]', 'only this command')
    .option('--all', 'all projects')
    .option('--grace <seconds>', 'how long it may take to end after each signal', parseSeconds, 5_000)
    .option('--force', 'kill what does not end by itself')
    .addHelpText('after', '\nExample:\n  dlaunch stop web\n  dlaunch stop --all')
    .action((project: string | undefined, command: string | undefined, options: StopOptions) =>
      execute(async (cli) => (await import('./running.ts')).stop(cli, project, { ...options, command })),
    );
  program
    .command('restart')
    .description('end what runs of a project, and start it anew')
    .argument('<project>')
    .argument('[command]', 'only this command')
    .option('--grace <seconds>', 'how long it may take to end after each signal', parseSeconds, 5_000)
    .option('--force', 'kill what does not end by itself')
    .addHelpText('after', '\nExample:\n  dlaunch restart web')
    .action((project: string, command: string | undefined, options: StopOptions) =>
      execute(async (cli) => (await import('./running.ts')).restart(cli, project, { ...options, command })),
    );
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text !== '' && seconds >= 0 && seconds <= 3_600) return seconds * 1000;
  throw new InvalidArgumentError('It should be a number of seconds.');
}

function parseLines(text: string): number {
  const lines = Number(text);
  if (Number.isInteger(lines) && lines >= 0) return lines;
  throw new InvalidArgumentError('It should be a number of lines.');
}
