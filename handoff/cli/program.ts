/**
 * The command line of `switch-host`.
 *
 * @module
 */
import type { Command } from 'commander';
import { createBaseProgram } from '../../platform/base-program.ts';
import type { Execute } from '../../platform/cli.ts';
import { addConnectOptions } from './connect-command.ts';

/** For completion: names of hosts. */
export const HOST_NAMES = 'dsync host ls --json | sed -n \'s/^ *"name": "\\(.*\\)",\\{0,1\\}$/\\1/p\'';

export function createProgram(execute: Execute): Command {
  const program = addConnectOptions(
    createBaseProgram('switch-host', 'Stand up here, sit down there: your terminal session on another host.'),
    execute,
    'switch-host',
  );
  program
    .command('completion')
    .argument('<shell>', 'bash, zsh or fish')
    .description('print a completion script for a shell')
    .addHelpText('after', '\nExample:\n  source <(switch-host completion bash)')
    .action((shell: string) =>
      execute(async (cli) => {
        const { completion } = await import('../../platform/completion.ts');
        return completion(cli, shell, program, { argumentsFrom: HOST_NAMES });
      }),
    );
  return program;
}
