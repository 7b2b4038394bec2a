/**
 * The one table of commands: help and completion come from it. Commands load what they need when they run.
 *
 * @module
 */
import type { Command } from 'commander';
import { createBaseProgram } from '../../platform/base-program.ts';
import type { Execute } from '../../platform/cli.ts';
import { addCompletionCommand } from '../../platform/completion-command.ts';
import { addProjectCommands } from './project-commands.ts';
import { addRunCommands } from './run-commands.ts';
import { addRunOptions, type RunOptions } from './run-options.ts';

/** For completion. Shells expand what they complete from, so a name that is more than a word is left out. */
export const PROJECT_NAMES = "dlaunch list --format '{name}' | grep -E '^[A-Za-z0-9_.@+-]+$'";

export function createProgram(execute: Execute): Command {
  const program = createBaseProgram('dlaunch', 'Every project of this machine, found, known and started.')
    .enablePositionalOptions()
    .argument('[project]', 'start this one: a name, an alias, or a part of one; without it, choose from a list')
    .argument('[command]', 'one of its commands; its default if absent')
    .addHelpText(
      'after',
      `
Example:
  dlaunch discover ~/code   find the projects there
  dlaunch                   choose one and start it
  dlaunch web               start the project web
  cd "$(dlaunch path web)"  go there

Exit codes: 0 done; 1 failed; 2 wrong usage; a started command's own otherwise.
Environment: DSYNC_HOME one folder for all of dsync's own files; DSYNC_DEBUG=1 stack traces; NO_COLOR plain text.`,
    );
  addRunOptions(program).action((project: string | undefined, command: string | undefined, options: RunOptions) =>
    execute(async (cli) => {
      if (project === undefined) return (await import('./select.ts')).select(cli, {});
      return (await import('./run.ts')).run(cli, project, { ...options, command });
    }),
  );
  addProjectCommands(program, execute);
  addRunCommands(program, execute);
  addCompletionCommand(program, execute, { argumentsFrom: PROJECT_NAMES });
  return program;
}
