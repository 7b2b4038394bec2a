import { type Command, InvalidArgumentError } from 'commander';
import type { Execute } from '../../platform/cli.ts';
import type { JsonOption } from './host-commands.ts';

export interface LogsOptions extends JsonOption {
  readonly follow?: true;
  readonly lines: number;
}

export interface StatusOptions extends JsonOption {
  readonly watch?: true;
  readonly check?: true;
}

export interface DoctorOptions extends JsonOption {
  readonly fix?: true;
  readonly here?: true;
}

export function addAgentCommands(program: Command, execute: Execute): void {
  program
    .command('start')
    .description('start the agent, the process that keeps folders in sync; in the background, once')
    .option('--foreground', 'stay in this terminal until Ctrl-C')
    .addHelpText('after', '\nExample:\n  dsync start\n  dsync start --foreground   # under systemd, launchd or tmux')
    .action((options: { readonly foreground?: true }) =>
      execute(async (cli) => (await import('./start.ts')).start(cli, options)),
    );
  program
    .command('stop')
    .description('stop the agent')
    .addHelpText('after', '\nExample:\n  dsync stop')
    .action(() => execute(async (cli) => (await import('./stop.ts')).stop(cli)));
  program
    .command('restart')
    .description('stop the agent and start it again')
    .addHelpText('after', '\nExample:\n  dsync restart')
    .action(() => execute(async (cli) => (await import('./stop.ts')).restart(cli)));
  program
    .command('status')
    .description('say what is in sync, what is not, and why; exit 3 where something waits for you')
    .option('--json', 'print JSON')
    .option('-w, --watch', 'keep it on the screen until Ctrl-C; with --json a line each second')
    .option('--check', 'one word; exit 0 where all is in sync, 1 where it is not yet')
    .addHelpText('after', '\nExample:\n  dsync status\n  dsync status --json | jq .state')
    .action((options: StatusOptions) => execute(async (cli) => (await import('./status.ts')).status(cli, options)));
  program
    .command('logs')
    .description("print the agent's log")
    .option('-f, --follow', 'go on as it grows, until Ctrl-C')
    .option('-n, --lines <n>', 'how many lines from its end', parseCount, 50)
    .option('--json', 'print the lines as they are stored')
    .addHelpText('after', '\nExample:\n  dsync logs -f\n  dsync logs -n 1000 --json | jq .msg')
    .action((options: LogsOptions) => execute(async (cli) => (await import('./logs.ts')).logs(cli, options)));
  program
    .command('doctor')
    .description(
      'look for all that goes wrong in practice, here and on the other hosts; exit 1 if something is to be mended',
    )
    .option('--fix', 'mend what needs no decision: stale files, permissions, an agent that does not run')
    .option('--here', 'look at this host alone')
    .option('--json', 'print JSON')
    .addHelpText('after', "\nExample:\n  dsync doctor\n  dsync doctor --json | jq -r '.findings[].code'")
    .action((options: DoctorOptions) => execute(async (cli) => (await import('./doctor.ts')).doctor(cli, options)));
  program
    .command('bridge')
    .description('join stdin and stdout to the agent here, starting it if need be: the remote end of a link')
    .addHelpText(
      'after',
      '\nOther hosts run this over ssh; it prints one line of its own, where the agent listens.\n\nExample:\n  ssh gpu dsync bridge',
    )
    .action(() => execute(async (cli) => (await import('./bridge.ts')).bridge(cli)));
}

function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It should be a whole number.');
  return Number(text);
}
