import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DSYNC } from './harness/command.ts';
import { until } from './harness/eventually.ts';
import type { TestHost } from './harness/host.ts';
import { type Pair, startPair } from './harness/pair.ts';

const ALIASES = new URL('../aliases.sh', import.meta.url).pathname;

/** One pair for all; `a` dials. */
let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
});
afterAll(() => pair[Symbol.asyncDispose]());
beforeEach(({ onTestFailed }) => onTestFailed(() => console.error(pair.logTails())));

/** What a new shell on that host has. */
function inNewShell(host: TestHost, variable: string): string {
  const script = `. '${ALIASES}'; printf %s "\${${variable}-unset}"`;
  return execFileSync('sh', ['-c', script], {
    env: { PATH: host.env.PATH, HOME: host.env.HOME, DSYNC_HOME: host.home },
    encoding: 'utf8',
  });
}

function has(host: TestHost, variable: string, value: string): Promise<void> {
  return until(`${variable} is ${value} on ${host.name}`, () => inNewShell(host, variable) === value);
}

const inHome = (host: TestHost, below: string): string => join(host.env.HOME ?? '', below);

test('what belongs to one machine is refused, and nothing is written', async () => {
  const { a } = pair;
  const names = ['SSH_AUTH_SOCK', 'UNSET_HERE'];
  for (const name of names) {
    const { code, stderr } = await a.run('env', 'add', 'FINE=1', name === 'UNSET_HERE' ? name : `${name}=1`);
    expect({ name, code }).toEqual({ name, code: 1 });
    expect(stderr).toMatch(/Nothing was changed\./);
  }
  mkdirSync(inHome(a, '.ssh'));
  writeFileSync(inHome(a, '.ssh/id'), 'x');
  mkdirSync(inHome(a, '.claude'));
  writeFileSync(join(pair.folder, 'outside'), 'x');
  for (const [path, says] of [
    [inHome(a, '.ssh/id'), /belongs to this machine/],
    [inHome(a, '.claude'), /it is a folder[\s\S]*dsync root add/],
    [inHome(a, 'gone'), /there is no such file/],
    [join(pair.folder, 'outside'), /not below your home/],
  ] as const) {
    expect((await a.run('env', 'add', '--file', path)).stderr).toMatch(says);
  }
  expect(existsSync(join(a.home, 'config/environment'))).toBe(false);
});

test('variables and dotfiles reach the other host at once, both ways; secrets only by name; overrides hold on one host', async () => {
  const { a, b } = pair;
  const odd = `it's "odd" \\ $HOME\n\`x\` end`;
  await a.dsync('env', 'add', 'EDITOR=vi', `ODD=${odd}`);
  expect(inNewShell(a, 'EDITOR')).toBe('vi');
  await has(b, 'EDITOR', 'vi');
  await has(b, 'ODD', odd);

  const secret = await a.run('env', 'add', 'NPM_TOKEN=x');
  expect(secret.stderr).toMatch(/NPM_TOKEN looks like a secret\. Nothing was changed\./);
  expect((await a.run('env', 'add', '--secret', 'NPM_TOKEN=x')).stderr).toMatch(/would lie in the history/);
  execFileSync(process.execPath, [DSYNC, 'env', 'add', '--secret', 'NPM_TOKEN'], {
    env: { ...a.env, NPM_TOKEN: 's3cret' },
  });
  await has(b, 'NPM_TOKEN', 's3cret');
  for (const host of [a, b]) {
    const files = [
      join(host.home, 'config/environment/secrets/NPM_TOKEN.value'),
      join(host.home, 'state/shell/env.sh'),
    ];
    for (const file of files) expect(statSync(file).mode & 0o077, file).toBe(0);
    expect((await host.run('env', 'ls', '--json')).stdout).not.toContain('s3cret');
  }

  const { hostName: hostNameOfB } = await b.status();
  await a.dsync('env', 'add', 'EDITOR=emacs', '--host', 'nobody');
  await b.dsync('env', 'add', 'EDITOR=nano', '--host', hostNameOfB);
  await has(b, 'EDITOR', 'nano');

  writeFileSync(inHome(a, '.gitconfig'), '[user]\n\tname = me\n', { mode: 0o640 });
  await a.dsync('env', 'add', '--file', inHome(a, '.gitconfig'));
  await until('the file is there', () => existsSync(inHome(b, '.gitconfig')));
  expect(readFileSync(inHome(b, '.gitconfig'), 'utf8')).toBe('[user]\n\tname = me\n');
  expect(statSync(inHome(b, '.gitconfig')).mode & 0o777).toBe(0o640);
  writeFileSync(inHome(b, '.gitconfig'), 'edited on b\n');
  await until('the edit came back', () => readFileSync(inHome(a, '.gitconfig'), 'utf8') === 'edited on b\n');

  await a.dsync('env', 'rm', 'ODD');
  await has(b, 'ODD', 'unset');
  await a.dsync('env', 'rm', '--file', inHome(a, '.gitconfig'));
  await pair.a.synced();
  writeFileSync(inHome(a, '.gitconfig'), 'mine alone\n');
  expect(readFileSync(inHome(b, '.gitconfig'), 'utf8')).toBe('edited on b\n');
});

test('what a host that this one dials adds waits here until it is accepted', async () => {
  const { a, b } = pair;
  await b.dsync('env', 'add', 'GIT_SSH_COMMAND=evil');
  writeFileSync(inHome(b, '.profile'), 'evil\n');
  await b.dsync('env', 'add', '--file', inHome(b, '.profile'));
  await until('both wait', async () => {
    const { stdout, code } = await a.run('env', 'ls');
    const waiting = stdout.split('\n').filter((line) => line.includes('waits for'));
    return (
      code === 3 && ['GIT_SSH_COMMAND', '~/.profile'].every((name) => waiting.some((line) => line.startsWith(name)))
    );
  });
  expect(inNewShell(a, 'GIT_SSH_COMMAND')).toBe('unset');
  expect(existsSync(inHome(a, '.profile'))).toBe(false);
  await a.dsync('env', 'accept', 'GIT_SSH_COMMAND');
  expect(inNewShell(a, 'GIT_SSH_COMMAND')).toBe('evil');
  await a.dsync('env', 'accept', '--all');
  await until('the file is there', () => existsSync(inHome(a, '.profile')));
});

test('a file that differs on both hosts at first: the carried one wins, the other is kept', async () => {
  const { a, b } = pair;
  mkdirSync(inHome(b, '.config'), { recursive: true });
  writeFileSync(inHome(b, '.config/foo'), 'from b\n');
  mkdirSync(inHome(a, '.config'), { recursive: true });
  writeFileSync(inHome(a, '.config/foo'), 'from a\n');
  await a.dsync('env', 'add', '--file', inHome(a, '.config/foo'));
  await until('the carried one is there', () => readFileSync(inHome(b, '.config/foo'), 'utf8') === 'from a\n');
  const aside = join(b.home, 'state/environment/replaced');
  expect(readdirSync(aside).map((name) => readFileSync(join(aside, name), 'utf8'))).toEqual(['from b\n']);
});
