import { type Command, InvalidArgumentError } from 'commander';

export interface RunOptions {
  readonly detach?: true;
  readonly host?: string;
  readonly port?: number;
  readonly yes?: true;
  readonly wait: boolean;
  readonly dryRun?: true;
  readonly json?: true;
}

export function addRunOptions(command: Command): Command {
  return command
    .option('-d, --detach', 'start it in tmux, or in the background where there is none, and come back')
    .option('--host <host>', 'start it on that host, and forward its port here')
    .option('-p, --port <number>', 'the port that it shall listen on', parsePort)
    .option('-y, --yes', 'trust what it runs without being asked')
    .option('--no-wait', 'with --detach: do not wait until it listens')
    .option('--dry-run', 'print what would run, and run nothing')
    .option('--json', 'with --dry-run or --detach: print JSON');
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError('It should be a number from 1 to 65535.');
}
