import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { completionScript, listCommands } from '../../platform/completion.ts';
import { createProgram } from './program.ts';

const entries = listCommands(createProgram(async () => {}));

test.each([
  [['dsync', 'st'], 'start\nstop\nstatus'],
  [['dsync', 'root', 'a'], 'add'],
  [['dsync', 'host', 'add', 'gpu', '--acc'], '--accept-new'],
  [['dsync', 'status', '--j'], '--json'],
])('bash completes %j', (words, expected) => {
  const script = `${completionScript('bash', entries, { program: 'dsync' })}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _dsync
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const lines = execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).trim().split('\n');
  expect(lines.sort()).toEqual(expected.split('\n').sort());
});

test('fish and zsh know every command', () => {
  for (const shell of ['fish', 'zsh']) {
    const script = completionScript(shell, entries, { program: 'dsync' });
    for (const { words } of entries) expect(script).toContain(words.at(-1) ?? '');
  }
});
