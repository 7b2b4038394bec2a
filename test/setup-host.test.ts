import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DSYNC } from './harness/command.ts';
import { until } from './harness/eventually.ts';
import { type Pair, startPair } from './harness/pair.ts';

let pair: Pair;
beforeAll(async () => {
  pair = await startPair({ linked: false });
});
afterAll(() => pair[Symbol.asyncDispose]());
beforeEach(({ onTestFailed }) => onTestFailed(() => console.error(pair.logTails())));

const SETUP = ['setup', '--yes', '--service', 'none', '--shell', 'bash'];

test('a host that is not there, or vanishes in the middle: one message, and all is taken back', async () => {
  const { a, b } = pair;
  const rc = join(a.env.HOME ?? '', '.bashrc');
  const nowhere = await a.run(...SETUP, '--no-start', '--host', 'nowhere.invalid');
  expect(nowhere.code).toBe(1);
  expect(nowhere.stderr).toMatch(/dsync: Could not reach nowhere\.invalid/);
  expect(existsSync(rc)).toBe(false);

  // So slow that it cannot be over before it is cut.
  pair.proxy.setQuality({ bytesPerSecond: 300_000 });
  const child = spawn(process.execPath, [DSYNC, ...SETUP, '--no-start', '--host', 'B', '--accept-new'], {
    env: a.env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await until('dsync is being sent', () => said.includes('sending dsync'));
  pair.proxy.cut();
  expect(await ended).toBe(1);
  pair.proxy.restore();
  pair.proxy.setQuality({ bytesPerSecond: Number.POSITIVE_INFINITY });
  expect(said).toMatch(/\ndsync: .+\n {2}.+/);
  expect(said).not.toContain('bug in dsync');
  expect(existsSync(rc)).toBe(false);
  expect(existsSync(join(a.env.HOME ?? '', '.local/bin/dsync'))).toBe(false);
  expect(existsSync(join(b.home, 'lib/current'))).toBe(false);
  expect((await a.run('host', 'ls')).stdout).not.toContain('B');
});

test('one command: linked, deployed over one connection, in sync; the second time nothing changes', async () => {
  const { a, b } = pair;
  const code = join(a.env.HOME ?? '', 'code');
  mkdirSync(code);
  writeFileSync(join(code, 'x'), '1');
  const command = [...SETUP, '--host', 'B', '--root', code, '--accept-new', '--name', 'laptop'];
  const before = acceptedLogins(pair.sshd.log());
  const { code: exit, stderr } = await a.run(...command, '--no-start');
  expect({ exit, stderr }).toMatchObject({ exit: 0 });
  expect(acceptedLogins(pair.sshd.log()) - before).toBe(1);
  await a.dsync(...SETUP);
  await a.synced();
  expect(readFileSync(join(b.env.HOME ?? '', 'code/x'), 'utf8')).toBe('1');
  expect((await a.status()).hostName).toBe('laptop');

  const again = JSON.parse(await a.dsync(...command, '--json'));
  expect(again).toMatchObject({ changed: 0 });
  const elsewhere = await a.run(...SETUP, '--host', 'B=other.invalid');
  expect(elsewhere.stderr).toMatch(/B is a host already, at B\. Nothing was changed\./);
});

function acceptedLogins(log: string): number {
  return log.split('Accepted publickey').length - 1;
}
