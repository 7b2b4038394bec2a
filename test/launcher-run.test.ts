import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { DLAUNCH } from './harness/command.ts';
import { eventually, until } from './harness/eventually.ts';
import { createLauncherUser, type LauncherUser, serverScript } from './harness/launcher.ts';
import { isAlive } from './harness/processes.ts';
import { freePort } from './sshd.ts';

interface PsRun {
  readonly command: string;
  readonly state: string;
  readonly ports: number[];
  readonly pids: number[];
  readonly how: { readonly kind: string };
}

async function ps(user: LauncherUser): Promise<PsRun[]> {
  return JSON.parse(await user.dlaunch('ps', '--json')).runs;
}

function fetchText(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port }, (response) => resolve(text(response))).once('error', reject);
  });
}

/** One project, `app`, with these launch commands beside a server on `port`. */
function plantApp(user: LauncherUser, commands: Readonly<Record<string, unknown>>): void {
  user.plant({
    'app/server.cjs': serverScript(0),
    'app/.dsync.json': JSON.stringify({ launch: { commands } }),
  });
}

test('a command has the terminal to itself; its exit code is ours; it runs only once it is trusted', async () => {
  await using user = createLauncherUser();
  plantApp(user, { fail: { run: 'echo "in $PWD with $A"; exit 7', env: { A: 'b c' } } });
  await user.dlaunch('discover', user.code);
  const refused = await user.run('app');
  expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('dlaunch trust app') });
  expect(await user.run('trust', 'app')).toMatchObject({ code: 1 });
  await user.dlaunch('trust', 'app', '--yes');
  expect(await user.run('app')).toMatchObject({ code: 7, stdout: `in ${user.code}/app with b c\n` });
  plantApp(user, { fail: { run: 'echo changed', env: { A: 'b c' } } });
  expect(await user.run('app')).toMatchObject({ code: 1, stdout: '' });
  expect(await user.run('app', '--yes')).toMatchObject({ code: 0, stdout: 'changed\n' });
  expect(await ps(user)).toEqual([]);
});

test.each(['tmux', 'background'])('up starts all in order, in %s; ps, logs, restart and stop', async (where) => {
  // A PATH with all but tmux on it is one without any program of the system.
  await using user = createLauncherUser(where === 'tmux' ? {} : { PATH: '/nowhere' });
  const [db, api] = [await freePort(), await freePort()];
  const node = process.execPath;
  plantApp(user, {
    api: {
      run: [node, 'server.cjs'],
      port: api,
      after: ['db'],
      health: '/',
      before: [[node, '-e', 'console.log(7 * 6)']],
    },
    db: { run: [node, 'server.cjs'], port: db },
  });
  await user.dlaunch('discover', user.code);
  const started = await user.run('up', 'app', '--yes');
  expect(started).toMatchObject({ code: 0 });
  expect(started.stdout.split('\n').map((line) => line.split(' is ready')[0])).toEqual(['app db', 'app api', '']);
  expect(started.stdout).toContain(`http://localhost:${api}`);
  expect(started.stderr).toContain('42');
  expect(await fetchText(api)).toBe(`hello from ${user.code}/app`);
  const runs = await ps(user);
  expect(runs).toMatchObject([
    { command: 'db', state: 'running', ports: [db], how: { kind: where } },
    { command: 'api', state: 'running', ports: [api], how: { kind: where } },
  ]);
  expect(await user.run('up', 'app')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('runs already: db, api'),
  });

  // Read as they lie there: `dlaunch logs` wants tail, which the second case has not.
  const folder = `${user.home}/state/launcher/runs`;
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
  const logged = logs.map((name) => readFileSync(`${folder}/${name}`, 'utf8').trim());
  expect(logged.sort()).toEqual([`listening on ${api}`, `listening on ${db}`].sort());
  await user.dlaunch('restart', 'app', 'api');
  const again = await ps(user);
  expect(again.map(({ command }) => command).sort()).toEqual(['api', 'db']);
  expect(again.find(({ command }) => command === 'api')?.pids).not.toEqual(runs[1]?.pids);

  await user.dlaunch('stop', 'app');
  expect(await ps(user)).toEqual([]);
  for (const pid of [...runs, ...again].flatMap(({ pids }) => pids)) expect(isAlive(pid)).toBe(false);
  if (where === 'tmux')
    await expect(user.tmux('list-sessions')).rejects.toThrow(/no server|error connecting|no sessions/);
});

test('a taken port: says by whom, offers the next; PORT leads elsewhere', async () => {
  await using user = createLauncherUser();
  const port = await freePort();
  const run = [process.execPath, 'server.cjs'];
  plantApp(user, { web: { run, port } });
  user.plant({
    'other/server.cjs': serverScript(0),
    'other/.dsync.json': JSON.stringify({ launch: { commands: { own: { run, port } } } }),
  });
  await user.dlaunch('discover', user.code);
  await user.dlaunch('app', '--detach', '--yes');
  const [first] = await ps(user);
  const taken = await user.run('other', '--detach', '--yes');
  expect(taken).toMatchObject({ code: 1, stdout: '' });
  expect(taken.stderr).toContain(`Port ${port} is taken by app web (pid ${first?.pids[0]})`);
  const [, next = ''] = /--port (\d+)/.exec(taken.stderr) ?? [];
  expect(Number(next)).toBeGreaterThan(port);
  expect(await user.dlaunch('other', '--detach', '--port', next)).toContain(`http://localhost:${next}`);
  expect(await fetchText(Number(next))).toBe(`hello from ${user.code}/other`);
  await user.dlaunch('stop', '--all');
  expect(await ps(user)).toEqual([]);
});

test('what ends at once is said, with what it printed', async () => {
  await using user = createLauncherUser();
  plantApp(user, { web: { run: 'echo no luck; exit 3', port: await freePort() } });
  await user.dlaunch('discover', user.code);
  const ran = await user.run('app', '-d', '-y');
  expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('web has ended') });
  await eventually(async () => expect(await user.dlaunch('logs', 'app')).toContain('no luck'));
  // Not every tmux remembers its exit code.
  expect(await user.dlaunch('ps')).toMatch(/ended( \(3\))? /);
});

test('a failing step before it starts nothing', async () => {
  await using user = createLauncherUser();
  plantApp(user, { web: { run: 'touch started', before: ['echo first', 'exit 4'] } });
  await user.dlaunch('discover', user.code);
  const ran = await user.run('app', '--yes');
  expect(ran).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('exit 4, which runs before web, failed (4)'),
  });
  expect(existsSync(`${user.code}/app/started`)).toBe(false);
});

test('a command that ignores Ctrl-C and SIGTERM is told of, and killed only by force', async () => {
  await using user = createLauncherUser();
  const stubborn =
    "process.on('SIGINT',()=>{});process.on('SIGTERM',()=>{});setInterval(()=>{},1e3);console.log('deaf')";
  plantApp(user, { web: { run: [process.execPath, '-e', stubborn] } });
  await user.dlaunch('discover', user.code);
  await user.dlaunch('app', '-d', '-y');
  await eventually(async () => expect(await user.dlaunch('logs', 'app')).toContain('deaf'));
  const [run] = await ps(user);
  expect(await user.run('stop', 'app', '--grace', '0.2')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('--force'),
  });
  expect(isAlive(run?.pids[0] ?? 0)).toBe(true);
  await user.dlaunch('stop', 'app', '--grace', '0.2', '--force');
  expect(isAlive(run?.pids[0] ?? 0)).toBe(false);
});

test('a Procfile runs as a whole: each line says whose it is, and when one ends all end', async () => {
  await using user = createLauncherUser();
  user.plant({
    'app/Procfile': `web: echo on $PORT; exec sleep 1000\nlast: until [ -e go ]; do sleep 0.05; done; echo over; exit 5\n`,
  });
  await user.dlaunch('discover', user.code);
  await user.dlaunch('trust', 'app', '-y');
  const child = spawn(process.execPath, [DLAUNCH, 'app'], {
    env: user.env,
    cwd: user.code,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    printed += part;
  });
  const closed = once(child, 'close');
  await until('web has spoken', () => /^web +│ on 50\d\d$/m.test(printed));
  const [web] = (await ps(user)).filter(({ command }) => command === 'web');
  writeFileSync(`${user.code}/app/go`, '');
  expect((await closed)[0]).toBe(5);
  expect(printed).toMatch(/^last │ over$/m);
  for (const pid of web?.pids ?? [0]) expect(isAlive(pid)).toBe(false);
});

test('a member of a workspace is started by its name, and has a row of its own from then on', async () => {
  await using user = createLauncherUser();
  user.plant({
    'mono/package.json': JSON.stringify({ workspaces: ['packages/*'] }),
    'mono/packages/site/package.json': JSON.stringify({ name: 'site', scripts: { start: 'echo here' } }),
  });
  await user.dlaunch('discover', user.code);
  expect(await user.dlaunch('list', '--format', '{name}')).toBe('mono\n');
  expect(await user.dlaunch('mono/site', '--dry-run')).toBe('start: npm run start\n');
  expect(await user.dlaunch('mono/site', '--yes')).toContain('here');
  expect((await user.dlaunch('list', '--format', '{name}')).split('\n').sort()).toEqual(['', 'mono', 'site']);
  expect(await user.dlaunch('path', 'site')).toBe(`${user.code}/mono/packages/site\n`);
});
