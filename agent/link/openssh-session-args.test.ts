import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WHILE_STDIN_OPEN } from './openssh-session-args.ts';

test('a program that misses the first word to end is told again, and its folder goes with it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dsync-while-'));
  const program = `
    let told = 0;
    process.on('SIGTERM', () => ++told > 1 && process.exit(7));
    setInterval(() => undefined, 1000);
    console.log('up');`;
  const args = ['-c', WHILE_STDIN_OPEN, 'dsync-ssh', folder, process.execPath, '-e', program];
  const child = spawn('/bin/sh', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  child.stdin.end();
  expect(await once(child, 'exit')).toEqual([7, null]);
  expect(existsSync(folder)).toBe(false);
});
