/**
 * The one table of commands: help and completion come from it. Commands load what they need when they run.
 *
 * @module
 */
import type { Command } from 'commander';
import { addHandoffCommands } from '../../handoff/cli/handoff-commands.ts';
import { createBaseProgram } from '../../platform/base-program.ts';
import type { Execute } from '../../platform/cli.ts';
import { addCompletionCommand } from '../../platform/completion-command.ts';
import { addAgentCommands } from './agent-commands.ts';
import { addByHandCommands } from './by-hand-commands.ts';
import { addConflictCommands } from './conflict-commands.ts';
import { addEnvCommands } from './env-commands.ts';
import { addHostCommands } from './host-commands.ts';
import { addPairCommands } from './pair-commands.ts';
import { addRootCommands } from './root-commands.ts';
import { addSetupCommands } from './setup-commands.ts';
import { addSyncCommands } from './sync-commands.ts';

export function createProgram(execute: Execute): Command {
  const program = createBaseProgram(
    'dsync',
    'Folders identical on all your machines, in real time, over SSH.',
  ).addHelpText(
    'after',
    `
Example:
  dsync host add gpu                 link to the host that \`ssh gpu\` reaches
  dsync root add ~/code --host gpu   keep ~/code identical here and there
  dsync start && dsync status

Exit codes: 0 done; 1 failed, or the answer is no; 2 wrong usage; 3 something waits for you.
Environment: DSYNC_HOME one folder for all of dsync's own files; DSYNC_DEBUG=1 stack traces; NO_COLOR plain text.`,
  );
  addSetupCommands(program, execute);
  addHostCommands(program, execute);
  addPairCommands(program, execute);
  addRootCommands(program, execute);
  addEnvCommands(program, execute);
  addAgentCommands(program, execute);
  addSyncCommands(program, execute);
  addConflictCommands(program, execute);
  addByHandCommands(program, execute);
  addHandoffCommands(program, execute);
  program
    .command('demo')
    .description('show on this machine alone what dsync does: two hosts, one folder')
    .argument('[folder]', 'holds the two folders, here and there', 'dsync-demo')
    .addHelpText('after', '\nExample:\n  dsync demo')
    .action((folder: string) => execute(async (cli) => (await import('./demo.ts')).demo(cli, { folder })));
  addCompletionCommand(program, execute);
  return program;
}
