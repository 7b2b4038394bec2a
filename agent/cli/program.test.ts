import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from './program.ts';

const program = createProgram(async () => {});

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({
    writeOut: (text) => (help += text),
    getOutHasColors: () => false,
    getOutHelpWidth: () => 100,
  });
  command.outputHelp();
  return help;
}

test('the help', () => {
  expect(helpOf(program)).toMatchSnapshot();
});

describe('each command', () => {
  const leaves = allCommands(program).filter((command) => command.commands.length === 0);
  test.each(leaves.map((command) => [pathOf(command), command] as const))(
    '%s says what it does, with an example that is right',
    (name, command) => {
      const help = helpOf(command);
      expect(command.description()).not.toBe('');
      expect(help).toMatch(new RegExp(`\nExample:\n  .*dsync ${name}`));
    },
  );
});

function pathOf(command: Command): string {
  const parent = command.parent;
  return parent === null || parent.parent === null ? command.name() : `${pathOf(parent)} ${command.name()}`;
}
