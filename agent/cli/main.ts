/**
 * `dsync`: reads the command line and runs one command.
 *
 * @module
 */
import { CommanderError } from 'commander';
import { resolveHome } from '../../platform/home.ts';
import { type Cli, createCli, type ExitCode } from './cli.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';

const EXIT_INTERRUPTED = 130;

async function execute(command: (cli: Cli) => Promise<ExitCode>): Promise<void> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new Error('Interrupted'));
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const cli = createCli(resolveHome(), stop.signal);
  try {
    process.exitCode = await command(cli);
  } catch (error) {
    process.exitCode = stop.signal.aborted ? EXIT_INTERRUPTED : 1;
    if (!stop.signal.aborted) reportError(error, cli);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

// `dsync status | head -1` is no error: the reader has what it wants.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

try {
  await createProgram(execute).parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
