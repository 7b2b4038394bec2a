/**
 * Runs one command as the whole of a process: what it is given, what is said where it fails, the exit code.
 *
 * @module
 */
import { type Cli, createCli } from './cli.ts';
import { resolveHome } from './home.ts';
import { reportError } from './report-error.ts';

const EXIT_INTERRUPTED = 130;

export async function execute(program: string, command: (cli: Cli) => Promise<number>): Promise<void> {
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

/** `dsync status | head -1` is no error: the reader has what it wants. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}
