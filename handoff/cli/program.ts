/**
 * The command line of `switch-host`.
 *
 * @module
 */
import type { Command } from 'commander';
import { createBaseProgram } from '../../platform/base-program.ts';
import type { Execute } from '../../platform/cli.ts';
import { addCompletionCommand, HOST_NAMES } from '../../platform/completion-command.ts';
import { addConnectOptions } from './connect-command.ts';

export function createProgram(execute: Execute): Command {
  const program = addConnectOptions(
    createBaseProgram('switch-host', 'Stand up here, sit down there: your terminal session on another host.'),
    execute,
    'switch-host',
  );
  addCompletionCommand(program, execute, { argumentsFrom: HOST_NAMES });
  return program;
}
