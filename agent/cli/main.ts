/**
 * `dsync`: reads the command line and runs one command.
 *
 * @module
 */
import { endWithReader, execute } from '../../platform/execute.ts';
import { status } from './status.ts';

const STATUS_OPTIONS: Readonly<Record<string, 'json' | 'check'>> = { '--json': 'json', '--check': 'check' };

const [first, ...rest] = process.argv.slice(2);
if (first === 'status' && rest.every((word) => Object.hasOwn(STATUS_OPTIONS, word))) {
  // People and prompts ask for it all day: the table of commands would be a third of what it costs.
  const options = Object.fromEntries(rest.map((word) => [STATUS_OPTIONS[word], true]));
  endWithReader();
  await execute('dsync', (cli) => status(cli, options));
} else {
  const [{ runProgram }, { createProgram }] = await Promise.all([
    import('../../platform/run-program.ts'),
    import('./program.ts'),
  ]);
  await runProgram('dsync', createProgram);
}
