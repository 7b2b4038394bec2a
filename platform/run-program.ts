/**
 * A program's outermost part: reads the command line, runs one command, sets the exit code.
 *
 * @module
 */
import { type Command, CommanderError } from 'commander';
import { type Cli, createCli, type Execute } from './cli.ts';
import { resolveHome } from './home.ts';
import { reportError } from './report-error.ts';

const EXIT_INTERRUPTED = 130;

export async function runProgram(name: string, createProgram: (execute: Execute) => Command): Promise<void> {
  // `dsync status | head -1` is no error: the reader has what it wants.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  try {
    await createProgram((command) => execute(name, command)).parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  }
}

async function execute(program: string, command: (cli: Cli) => Promise<number>): Promise<void> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new Error('Interrupted'));
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const cli = createCli(resolveHome(), stop.signal);
  try {
    process.exitCode = await command(cli);
  } catch (error) {
    process.exitCode = stop.signal.aborted ? EXIT_INTERRUPTED : 1;
    if (!stop.signal.aborted) reportError(error, cli, { program });
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
