/**
 * The options of `dsync handoff connect` and of `switch-host`, which are one command by two names.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from 'commander';
import type { Execute } from '../../platform/cli.ts';

export interface ConnectOptions {
  readonly from?: string;
  readonly takeover?: true;
  readonly back?: true;
  readonly copy?: true;
  readonly attach: boolean;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
  readonly session?: readonly string[];
  readonly socket?: string;
  readonly map?: readonly string[];
  readonly size?: { readonly cols: number; readonly rows: number };
  readonly timeout?: number;
}

export function addConnectOptions(command: Command, execute: Execute, program: string): Command {
  return command
    .argument('[host]', 'where you sit down next, as `dsync host ls` has it')
    .option('--from <host>', 'fetch the session from that host to this one')
    .option('--takeover', 'with --from, if that host is down: go on from the last snapshot that came from it')
    .option('--back', 'return the session to the host that it came from, or fetch it back from where it went')
    .option('--copy', 'put it up there as well, and let it run on here')
    .option('--no-attach', 'do not show it in this terminal: for scripts')
    .option('--dry-run', 'print the plan, and do nothing')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print the plan, and what came of it, as JSON; implies --no-attach')
    .option('--session <name...>', 'only these tmux sessions')
    .option('--map <from=to...>', 'a folder that lies elsewhere there')
    .option('--size <cols>x<rows>', 'of the terminal that will show it; this one if absent', parseSize)
    .option('--timeout <seconds>', 'how long the files may take until they are equal', parseSeconds, 60)
    .option('--socket <path>', 'the tmux server at this socket')
    .addHelpText(
      'after',
      `
What runs here is stopped, what was saved is flushed and proved equal on both hosts, and only then the session changes
hands. Until that moment any failure puts everything back here.

Example:
  ${program} gpu --dry-run     what would happen, and what stands in the way
  ${program} gpu               go there
  ${program} --back            and return
  ${program} --from gpu --takeover   gpu is down: go on here`,
    )
    .action((host: string | undefined, options: ConnectOptions) =>
      execute(async (cli) => (await import('./connect.ts')).connect(cli, host, options)),
    );
}

/** Beside the commands for one host. */
export function addConnectCommands(handoff: Command, execute: Execute): void {
  addConnectOptions(
    handoff.command('connect').description('stand up here, sit down there: take the session to another host'),
    execute,
    'dsync handoff connect',
  );
  handoff
    .command('status')
    .description('say which host has the session, and which handoffs are not over; exit 3 if one waits for you')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  dsync handoff status')
    .action((options: { readonly json?: true }) =>
      execute(async (cli) => (await import('./handoff-status.ts')).handoffStatus(cli, options)),
    );
  handoff
    .command('agent-step', { hidden: true })
    .description('the far side of a handoff: steps from stdin, answers on stdout')
    .addHelpText('after', '\nOther hosts run this over ssh.\n\nExample:\n  ssh gpu dsync handoff agent-step')
    .action(() => execute(async (cli) => (await import('./agent-step.ts')).agentStep(cli)));
  handoff
    .command('upkeep', { hidden: true })
    .description('what the agent starts now and then: ends what was cut off, saves what has changed')
    .addHelpText('after', '\nExample:\n  dsync handoff upkeep')
    .action(() => execute(async (cli) => (await import('./upkeep.ts')).upkeep(cli)));
}

export function parseSize(text: string): { cols: number; rows: number } {
  const [, cols, rows] = /^(\d{1,4})x(\d{1,4})$/.exec(text) ?? [];
  if (Number(cols) < 10 || Number(rows) < 4 || rows === undefined)
    throw new InvalidArgumentError('It should be a size such as 120x40, of 10x4 and more.');
  return { cols: Number(cols), rows: Number(rows) };
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds >= 0) || seconds > 86_400)
    throw new InvalidArgumentError('It should be a number of seconds.');
  return seconds;
}
