import { execFileSync } from 'node:child_process';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { completionScript, listCommands } from '../../platform/completion.ts';
import { DEFAULT_SETTINGS } from '../upkeep/launcher-settings.ts';
import { launcherSettingsSchema } from '../upkeep/settings-schema.ts';
import { createProgram, PROJECT_NAMES } from './program.ts';

const program = createProgram(async () => {});

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

describe('each command', () => {
  test.each(program.commands.map((command) => [command.name(), command] as const))(
    '%s says what it does, with an example that is right',
    (name, command) => {
      expect(command.description()).not.toBe('');
      expect(helpOf(command)).toMatch(new RegExp(`\nExample:\n  .*dlaunch ${name}`));
    },
  );
});

test.each([
  [['dlaunch', 'expl'], 'explain'],
  [['dlaunch', 'we'], 'web\nwell'],
  [['dlaunch', 'path', 'w'], 'web\nwell'],
  [['dlaunch', 'stop', '--f'], '--force'],
])('bash completes %j, with names of projects', (words, expected) => {
  const options = { program: 'dlaunch', argumentsFrom: PROJECT_NAMES };
  const script = `dlaunch() { printf '%s\\n' web well other 'we$(echo evil >&2)' 'we b'; }
${completionScript('bash', listCommands(program), options)}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _dlaunch
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const lines = execFileSync('bash', ['--norc', '-c', `exec 2>&1; ${script}`], { encoding: 'utf8' })
    .trim()
    .split('\n');
  expect(lines.sort()).toEqual(expected.split('\n').sort());
});

test('the settings of a host without any are what the schema says', () => {
  expect(DEFAULT_SETTINGS).toEqual(launcherSettingsSchema.parse({}));
});
