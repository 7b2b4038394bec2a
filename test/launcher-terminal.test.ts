import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DLAUNCH } from './harness/command.ts';
import { eventually } from './harness/eventually.ts';
import { createLauncherUser, serverScript } from './harness/launcher.ts';
import { isAlive } from './harness/processes.ts';
import { freePort } from './sshd.ts';

const manifest = (scripts: Record<string, string>): string => JSON.stringify({ scripts });

test('the picker narrows as one types; enter starts the default, and asks for trust once', async () => {
  await using user = createLauncherUser();
  user.plant({
    'web/.git/HEAD': 'ref: refs/heads/topic\n',
    'web/package.json': manifest({ start: 'echo web was started' }),
    'api/package.json': manifest({ start: 'echo api was started' }),
    'shop/package.json': manifest({ start: 'echo shop was started' }),
  });
  await user.dlaunch('discover', user.code);
  const first = await user.terminal();
  const all = await first.shows(/3 {2}enter start/);
  for (const name of ['web', 'api', 'shop']) expect(all).toContain(name);
  await first.shows(/❯ api/);
  await first.shows('topic');
  await first.type('sh');
  await first.shows(/1 {2}enter start/);
  await first.type('Enter');
  await first.shows('trust it from now on?');
  await first.type('y', 'Enter');
  await first.shows('shop was started');
  expect(await first.ended()).toBe(0);

  // Used once, it is the first; trusted once, it starts.
  const second = await user.terminal();
  await second.shows(/❯ shop/);
  await second.type('Enter');
  await second.shows('shop was started');
  expect(await second.ended()).toBe(0);
});

test('keys: up and down, tab for all commands and escape back, a shell there, nothing found, Ctrl-C', async () => {
  await using user = createLauncherUser();
  user.plant({
    'one/package.json': manifest({ dev: 'echo dev ran', test: 'echo test ran' }),
    'two/go.mod': 'module two\n',
  });
  await user.dlaunch('discover', user.code);
  await user.dlaunch('trust', 'one', '-y');
  const picker = await user.terminal();
  await picker.shows(/❯ one/);
  await picker.type('Down');
  await picker.shows(/❯ two/);
  await picker.type('Up', 'Tab');
  await picker.shows(/❯ dev +npm run dev/);
  await picker.type('Escape');
  await picker.shows('project');
  await picker.type('zzz');
  await picker.shows(/0 {2}enter start/);
  await picker.type('Enter');
  await picker.type('BSpace', 'BSpace', 'BSpace', 'one', 'Tab');
  await picker.shows(/❯ dev/);
  await picker.type('tes', 'Enter');
  await picker.shows('test ran');
  expect(await picker.ended()).toBe(0);

  const shell = await user.terminal('select', 'two');
  await shell.shows(/project two/);
  await shell.type('C-o');
  // The shell's prompt, where the list was.
  await shell.shows(/^(?![\s\S]*enter start)[\s\S]*[$#]/);
  await shell.type('touch was-here; exit 6', 'Enter');
  expect(await shell.ended()).toBe(6);
  expect(existsSync(`${user.code}/two/was-here`)).toBe(true);

  const left = await user.terminal();
  await left.shows(/❯ one/);
  await left.type('C-c');
  expect(await left.ended()).toBe(130);
});

test('select --print leaves stdout to the path', async () => {
  await using user = createLauncherUser();
  user.plant({ 'web/package.json': '{}' });
  await user.dlaunch('discover', user.code);
  const picker = await user.terminal('select', '--print');
  await picker.shows(/❯ web/);
  await picker.type('Enter');
  await picker.shows(`${user.code}/web`);
  expect(await picker.ended()).toBe(0);
});

test('in the foreground: ready when it listens, the running mark in the picker, Ctrl-C is the command’s', async () => {
  await using user = createLauncherUser();
  const port = await freePort();
  user.plant({
    'web/server.cjs': serverScript(0),
    'web/.dsync.json': JSON.stringify({
      launch: { commands: { dev: { run: [process.execPath, 'server.cjs'], port } } },
    }),
  });
  await user.dlaunch('discover', user.code);
  const front = await user.terminal('web', '--yes');
  await front.shows(`web: ready at http://localhost:${port}`);
  const [run] = JSON.parse(await user.dlaunch('ps', '--json')).runs;
  expect(run).toMatchObject({ state: 'running', ports: [port], how: { kind: 'foreground' } });
  const picker = await user.terminal();
  await picker.shows(`● :${port}`);
  await front.type('C-c');
  expect(await front.ended()).toBe(130);
  for (const pid of run.pids) expect(isAlive(pid)).toBe(false);
  expect(await user.dlaunch('ps')).toBe('');
});

test('a taken port is asked about, and the next one used', async () => {
  await using user = createLauncherUser();
  const port = await freePort();
  const run = [process.execPath, 'server.cjs'];
  user.plant({
    'web/server.cjs': serverScript(0),
    'web/.dsync.json': JSON.stringify({ launch: { commands: { dev: { run, port } } } }),
  });
  await user.dlaunch('discover', user.code);
  await user.dlaunch('web', '-d', '-y');
  const second = await user.terminal('web');
  const asked = await second.shows(/is taken by web dev \(pid \d+\)\. Use \d+ instead\?/);
  const [, next = ''] = /Use (\d+) instead/.exec(asked) ?? [];
  await second.type('y', 'Enter');
  await second.shows(`web: ready at http://localhost:${next}`);
  await second.type('C-c');
  expect(await second.ended()).toBe(130);
});

test('attach shows the window that it runs in', async () => {
  await using user = createLauncherUser();
  user.plant({
    'web/.dsync.json': JSON.stringify({
      launch: { commands: { dev: { run: 'echo in the window; exec sleep 1000' } } },
    }),
  });
  await user.dlaunch('discover', user.code);
  await user.dlaunch('web', '-d', '-y');
  // A terminal outside of this tmux server, as a user's own is.
  await user.tmux(
    '-L',
    'outer',
    'new-session',
    '-d',
    '-x',
    '80',
    '-y',
    '20',
    `env -u TMUX ${process.execPath} ${DLAUNCH} attach web`,
  );
  await eventually(async () => expect(await user.tmux('-L', 'outer', 'capture-pane', '-p')).toContain('in the window'));
});
