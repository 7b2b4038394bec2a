/**
 * A program's outermost part: reads the command line, runs one command, sets the exit code.
 *
 * @module
 */
import { type Command, CommanderError } from 'commander';
import type { Execute } from './cli.ts';
import { endWithReader, execute } from './execute.ts';

export async function runProgram(name: string, createProgram: (execute: Execute) => Command): Promise<void> {
  endWithReader();
  try {
    await createProgram((command) => execute(name, command)).parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  }
}
