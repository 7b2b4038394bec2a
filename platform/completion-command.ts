/**
 * The command by which each program says how a shell completes it.
 *
 * @module
 */
import type { Command } from 'commander';
import type { Execute } from './cli.ts';

/** Prints names of hosts, for the completion of arguments. */
export const HOST_NAMES = 'dsync host ls --json | sed -n \'s/^ *"name": "\\(.*\\)",\\{0,1\\}$/\\1/p\'';

/** @param argumentsFrom what a shell runs to learn which arguments there are; each program of its own has some or none */
export function addCompletionCommand(
  program: Command,
  execute: Execute,
  { argumentsFrom }: { readonly argumentsFrom?: string } = {},
): void {
  const name = program.name();
  program
    .command('completion')
    .argument('<shell>', 'bash, zsh or fish')
    .description('print a completion script for a shell')
    .addHelpText(
      'after',
      `\nExample:\n  source <(${name} completion bash)\n  ${name} completion fish > ~/.config/fish/completions/${name}.fish`,
    )
    .action((shell: string) =>
      execute(async (cli) => {
        const { completion } = await import('./completion.ts');
        return completion(cli, shell, program, argumentsFrom === undefined ? {} : { argumentsFrom });
      }),
    );
}
