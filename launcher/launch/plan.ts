/**
 * What starts, in which order. Pure.
 *
 * @module
 */
import { DsyncError } from '../../platform/failure.ts';
import type { Command } from '../core/command.ts';

/**
 * The commands that a name stands for, each after those that it wants to be ready.
 *
 * @throws {DsyncError} COMMAND_UNKNOWN; BAD_INPUT commands that wait for each other
 */
export function planCommands(commands: readonly Command[], name: string): Command[] {
  const order: Command[] = [];
  const open: string[] = [];
  visit(name);
  return order;

  function visit(one: string): void {
    const command = commands.find((other) => other.name === one);
    if (command === undefined) throw unknownCommand(commands, one);
    if (order.includes(command)) return;
    if (open.includes(one)) {
      throw new DsyncError(
        'BAD_INPUT',
        `These commands wait for each other: ${[...open.slice(open.indexOf(one)), one].join(', ')}`,
      );
    }
    open.push(one);
    for (const other of [...(command.after ?? []), ...(command.starts ?? [])]) visit(other);
    open.pop();
    if (command.starts === undefined) order.push(command);
  }
}

/**
 * The command that is meant where none is named: what the project says, what the user chose, what was used last, the best.
 *
 * @throws {DsyncError} COMMAND_UNKNOWN the project has none, or not the one that was chosen
 */
export function usualCommand(
  commands: readonly Command[],
  { chosen, last }: { readonly chosen?: string | undefined; readonly last?: string | undefined },
): Command {
  const [best] = commands;
  if (best === undefined) {
    throw new DsyncError('COMMAND_UNKNOWN', 'Nothing was found that starts this project', {
      cure: 'Say how in its .dsync.json; see docs/launcher.md',
    });
  }
  if (chosen !== undefined) return commandCalled(commands, chosen);
  const used = commands.find(({ name, role }) => name === last && (role === 'serve' || role === 'run'));
  return used !== undefined && best.score < LAST_USED ? used : best;
}

/** @throws {DsyncError} COMMAND_UNKNOWN */
export function commandCalled(commands: readonly Command[], name: string): Command {
  const command = commands.find((one) => one.name === name);
  if (command === undefined) throw unknownCommand(commands, name);
  return command;
}

/** What the project itself says is worth more than what was used last. */
const LAST_USED = 90;

function unknownCommand(commands: readonly Command[], name: string): DsyncError {
  const names = commands.slice(0, 12).map((one) => one.name);
  return new DsyncError('COMMAND_UNKNOWN', `There is no command ${name}; there are: ${names.join(', ') || 'none'}`);
}
