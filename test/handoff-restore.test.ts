/**
 * Putting up sessions where something stands in the way: what is there already, ports, folders, sizes, kills, bad files.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { DSYNC, runDsync } from './harness/command.ts';
import { until } from './harness/eventually.ts';
import { isAlive } from './harness/processes.ts';
import { createScratch } from './harness/scratch.ts';
import { answer, createSessionUser, panesOf, SERVER } from './harness/session.ts';
import { freePort } from './sshd.ts';

test('a second restore doubles nothing; a session of the same name that is somebody else’s is never touched', async () => {
  using scratch = createScratch('session');
  await using ann = createSessionUser(`${scratch.path}/a`);
  const port = await freePort();
  ann.write('server.js', SERVER);
  await ann.startTmux();
  await ann.tmux('split-window', '-h');
  await ann.type('=work:0.1', `node server.js ${port}`);
  await ann.shows('=work:0.1', 'listening');
  await ann.save('it');
  const format = '#{session_name} #{window_id} #{pane_id} #{pane_pid}';
  const before = await ann.list('panes', format);
  const same = await ann.restore('it');
  expect(same).toMatchObject({ code: 0, report: { services: [{ state: 'up' }] } });
  expect(same.report.panes.map(({ outcome }) => outcome)).toEqual(['present', 'present']);
  expect(await ann.list('panes', format)).toEqual(before);

  // The server was stopped: only it comes back, in its own pane.
  await ann.tmux('send-keys', '-t', '=work:0.1', 'C-c');
  await ann.runs('=work:0.1', 'bash');
  expect((await ann.restore('it')).report.panes.map(({ outcome }) => outcome)).toEqual(['present', 'restored']);
  expect(await answer(port)).toContain('hi');
  expect(await ann.list('panes', format)).toEqual(before);

  // One pane was closed.
  await ann.tmux('kill-pane', '-t', '=work:0.0');
  expect((await ann.restore('it')).report.panes.map(({ outcome }) => outcome)).toEqual(['restored', 'present']);
  expect(await ann.list('panes', '#{session_name}')).toEqual(['work', 'work']);

  await ann.killTmux(port);
  await ann.startTmux({ name: 'work' });
  const theirs = await ann.list('panes', format);
  const other = await ann.restore('it');
  expect(other.report.attach).toBe('work-2');
  expect(other.report.notices.map(({ text }) => text).join()).toContain('left alone');
  expect(await ann.list('panes', '#{session_name}')).toEqual(['work', 'work-2', 'work-2']);
  expect((await ann.list('panes', format)).slice(0, 1)).toEqual(theirs);
  expect((await ann.restore('it')).report.panes.map(({ outcome }) => outcome)).toEqual(['present', 'present']);
});

test('a taken port, a missing folder, a missing program and danger: said, typed in or left out, exit code 1', async () => {
  using scratch = createScratch('session');
  await using ann = createSessionUser(`${scratch.path}/a`);
  const port = await freePort();
  ann.write('server.js', SERVER);
  ann.write('gone/f', '');
  ann.write('bin/odd-editor/vim', '#!/bin/sh\nsleep 4400\n', 0o755);
  ann.write('danger.sh', '#!/bin/sh\necho ran >> "$HOME/ran"\nsleep 4401\n', 0o755);
  await ann.startTmux();
  const lines: Record<string, string> = {
    port: `node server.js ${port}`,
    gone: 'cd gone && tail -f f',
    danger: './danger.sh deploy',
    unknown: './danger.sh',
  };
  for (const [name, line] of Object.entries(lines)) {
    await ann.tmux('new-window', '-d', '-n', name);
    await ann.type(`=work:${name}`, line);
  }
  await ann.shows('=work:port', 'listening');
  await ann.runs('=work:gone', 'tail');
  await until(
    'both have run',
    () => existsSync(`${ann.user}/ran`) && readFileSync(`${ann.user}/ran`, 'utf8') === 'ran\nran\n',
  );
  await ann.save();
  await ann.killTmux(port);
  rmSync(`${ann.user}/gone`, { recursive: true });
  const taken = createServer().listen(port, '127.0.0.1');
  try {
    const dry = await ann.run('handoff', 'restore', '--socket', ann.socket, '--dry-run');
    expect(dry.stdout).toContain(`port ${port} is taken by`);
    expect(existsSync(ann.socket) && (await ann.tmux('list-sessions').catch(() => ''))).toBeFalsy();
    const { code, report } = await ann.restore();
    expect(code).toBe(1);
    const by = new Map(report.panes.map((pane) => [pane.command, pane]));
    expect(by.get(`node server.js ${port}`)).toMatchObject({
      outcome: 'prefilled',
      text: expect.stringContaining(`port ${port} is taken`),
    });
    expect(by.get('tail -f f')).toMatchObject({
      outcome: 'skipped',
      text: expect.stringContaining('gone is not here'),
    });
    expect(by.get('sh ./danger.sh deploy')).toMatchObject({ outcome: 'skipped' });
    expect(by.get('sh ./danger.sh')).toMatchObject({ outcome: 'prefilled' });
    expect(report.services).toMatchObject([{ state: 'down' }]);
    expect(readFileSync(`${ann.user}/ran`, 'utf8')).toBe('ran\nran\n');
    expect(await ann.tmux('capture-pane', '-p', '-t', '=work:danger')).not.toContain('deploy\n$');
  } finally {
    taken.close();
  }
  // Where it lies now is said by the user; a folder that is not there is refused at once.
  const bad = await ann.run(
    'handoff',
    'restore',
    '--socket',
    ann.socket,
    '--map',
    `${ann.user}/gone=${ann.user}/nowhere`,
  );
  expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining('is no folder here. Nothing was started') });
});

test('start-up files that are slow and read what is typed at them lose no command; many panes fit into a small terminal', async () => {
  using scratch = createScratch('session');
  await using ann = createSessionUser(`${scratch.path}/a`);
  ann.write('.bash_profile', 'sleep 0.6; while read -r -t 0.01 line; do :; done\nPS1="ready$ "\n');
  ann.write('log', 'x\n');
  await ann.startTmux({ size: '200x60' });
  for (let i = 0; i < 8; i++) {
    await ann.tmux('split-window', '-t', '=work:0');
    await ann.tmux('select-layout', '-t', '=work:0', 'tiled');
  }
  await ann.tmux('new-window', '-d', '-n', 'group');
  await ann.tmux('new-session', '-d', '-s', 'twin', '-t', '=work');
  await ann.shows('=work:0.8', 'ready$');
  await ann.tmux('set-option', '-w', '-t', '=work:0', 'synchronize-panes', 'on');
  for (let i = 0; i < 9; i++) await ann.shows(`=work:0.${i}`, 'ready$');
  await ann.tmux('send-keys', '-t', '=work:0.0', 'tail -f log', 'Enter');
  for (let i = 0; i < 9; i++) await ann.runs(`=work:0.${i}`, 'tail');
  const snapshot = await ann.save();
  expect(snapshot.mux.sessions.map(({ name, group }) => [name, group === null])).toEqual([
    ['twin', false],
    ['work', false],
  ]);
  await ann.killTmux();
  const { code, report } = await ann.restore('--size', '40x12');
  expect(report.panes).toHaveLength(10);
  expect(report.panes.map(({ outcome }) => outcome)).toEqual(report.panes.map(() => 'restored'));
  expect(code).toBe(0);
  expect(
    await ann.list('windows', '#{session_name} #{window_index} #{window_panes} #{window_width}x#{window_height}'),
  ).toEqual(['twin 0 9 40x11', 'twin 1 1 40x11', 'work 0 9 40x11', 'work 1 1 40x11']);
  for (let i = 0; i < 9; i++) await ann.runs(`=work:0.${i}`, 'tail');
  const sizes = await ann.list('panes', '#{window_index} #{pane_width} #{pane_height}');
  expect(
    sizes.every((line) =>
      line
        .split(' ')
        .slice(1)
        .every((size) => Number(size) >= 1),
    ),
  ).toBe(true);
  // On the way back the layout is the one that was made, not the one that was scaled.
  const back = await ann.save();
  expect(back.mux.sessions[0]?.windows[0]?.origin).toMatchObject({ cols: 200, rows: 60 });
});

test('fifty thousand lines of colours come back', async () => {
  using scratch = createScratch('session');
  await using ann = createSessionUser(`${scratch.path}/a`);
  await ann.startTmux();
  await ann.type(
    '=work:0',
    'for ((i = 0; i < 50000; i++)); do printf "\\033[3$((i % 8))mline %d\\033[0m\\n" $i; done; echo end-of-it',
  );
  await until('all lines are there', async () =>
    (await ann.tmux('capture-pane', '-p', '-t', '=work:0')).includes('\nend-of-it'),
  );
  const snapshot = await ann.save();
  expect(panesOf(snapshot)[0]?.scrollback?.lines).toBeGreaterThan(50_000);
  await ann.killTmux();
  expect((await ann.restore()).code).toBe(0);
  const shown = await ann.tmux('capture-pane', '-e', '-p', '-S', '-', '-t', '=work:0');
  expect(shown.includes('\u001b[31mline 9\n')).toBe(true);
  expect(shown.includes('line 49999')).toBe(true);
  expect(shown.match(/^(?:\u001b\[39m)?end-of-it/gm)).toHaveLength(1);
});

test('a restore that is killed leaves nothing that looks whole, and the next one puts up all of it once', async () => {
  using scratch = createScratch('session');
  await using ann = createSessionUser(`${scratch.path}/a`);
  ann.write('.bash_profile', 'sleep 0.3\n');
  await ann.startTmux();
  for (let i = 0; i < 3; i++) await ann.tmux('new-window', '-d');
  await ann.save('it');
  await ann.killTmux();
  const child = spawn(process.execPath, [DSYNC, 'handoff', 'restore', 'it', '--socket', ann.socket], {
    env: ann.env,
    stdio: 'ignore',
  });
  await until('windows are there', async () => (await ann.list('panes', 'x').catch(() => [])).length >= 2);
  child.kill('SIGKILL');
  await until('it is gone', () => !isAlive(child.pid ?? 0));
  expect(await ann.list('panes', '#{session_name}')).not.toContain('work');
  expect((await ann.restore('it')).code).toBe(0);
  expect(await ann.list('windows', '#{session_name}')).toEqual(['work', 'work', 'work', 'work']);
});

test('snapshots that are none, and words that name none: one message, nothing started, nothing stopped', async () => {
  using scratch = createScratch('session');
  await using ann = createSessionUser(`${scratch.path}/a`);
  expect(await ann.run('handoff', 'restore')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('No session was saved yet'),
  });
  await ann.startTmux();
  const { id } = await ann.save('it');
  const file = `${ann.home}/state/handoff/snapshots/${id}.json`;
  const good = readFileSync(file, 'utf8');
  const later = good.replace('"major": 1', '"major": 9');
  const panes = await ann.list('panes', '#{pane_id} #{pane_pid}');
  for (const [bad, message] of [
    ['', 'is empty'],
    [good.slice(0, 700), 'cut short'],
    [later, 'later dsync'],
    ['{"sessions":[]}', 'no snapshot of dsync'],
    [good.replace('"work"', '"play"'), 'checksum is wrong'],
  ] as const) {
    writeFileSync(file, bad);
    const ran = await ann.run('handoff', 'restore', id, '--socket', ann.socket);
    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(message) });
    expect(ran.stderr.trimEnd().split('\n')).toHaveLength(2);
    expect((await ann.run('handoff', 'show', id)).code).toBe(1);
    expect((await ann.run('handoff', 'list')).code).toBe(3);
  }
  writeFileSync(file, good);
  for (const args of [
    ['restore', 'nope'],
    ['show', 'nope'],
    ['rm', 'nope'],
    ['save', '../x'],
    ['save', '--session', 'nope', '--socket', ann.socket],
    ['save', '--socket', `${ann.user}/none`],
  ])
    expect((await ann.run('handoff', ...args)).code).toBe(1);
  expect((await ann.run('handoff', 'restore', '--size', '2x2')).code).toBe(2);
  const screen = await runDsync(['handoff', 'save', '--socket', ann.socket], { env: { ...ann.env, STY: '1.pts' } });
  expect(screen).toMatchObject({ code: 0, stderr: expect.stringContaining('runs in screen, which is not supported') });
  await ann.dsync('handoff', 'rm', screen.stdout.match(/Saved (\w+)/)?.[1] ?? '');
  expect(await ann.list('panes', '#{pane_id} #{pane_pid}')).toEqual(panes);
  expect(JSON.parse(await ann.dsync('handoff', 'list', '--json')).snapshots).toMatchObject([
    { name: 'it', sessions: ['work'], panes: 1 },
  ]);
  expect(await ann.dsync('handoff', 'rm', 'it')).toContain('Forgot 1 saved session');
  expect(readdirSync(`${ann.home}/state/handoff/snapshots`)).toEqual([]);
});
