/**
 * Sessions of real tmux servers: what is found in them, and that it stands again on another server, or after all was gone.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, realpathSync, rmSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { quiesceSession, resumeSession } from '../handoff/session.ts';
import { isFree } from '../launcher/ports/listeners.ts';
import { resolveHome } from '../platform/home.ts';
import { DSYNC } from './harness/command.ts';
import { eventually, until } from './harness/eventually.ts';
import { createScratch } from './harness/scratch.ts';
import { answer, commandsOf, createSessionUser, panesOf, SERVER, type SessionUser } from './harness/session.ts';
import { freePort } from './sshd.ts';

const hook = (name: string): string => `source ${new URL(`../handoff/${name}`, import.meta.url).pathname}\n`;

afterEach(() => {
  vi.unstubAllEnvs();
});

/** All snapshots of one user as another one has them, as if they had been sent. */
function carry(from: SessionUser, to: SessionUser): void {
  cpSync(`${from.home}/state/handoff`, `${to.home}/state/handoff`, { recursive: true });
}

test('names, layout, zoom, titles, options, what is active, and scrollback with its colours stand again on another server', async () => {
  using scratch = createScratch('session');
  await using ann = createSessionUser(`${scratch.path}/a`);
  const odd = ['p/two  blanks', "p/it's", 'p/back\\slash', 'p/ünï中', 'p/#(touch x) #S;'];
  for (const name of odd) ann.write(`${name}/f`, '');
  await ann.startTmux({
    name: 'my.work:1',
    cwd: `${ann.user}/${odd[0]}`,
    conf: 'set -g base-index 1\nset -g pane-base-index 1\n',
  });
  const work = '=my_work_1:';
  for (const name of odd.slice(1, 4)) await ann.tmux('split-window', '-t', `${work}1`, '-c', `${ann.user}/${name}`);
  await ann.tmux('select-layout', '-t', `${work}1`, 'main-vertical');
  await ann.tmux('resize-pane', '-t', `${work}1.1`, '-x', '50');
  await ann.tmux('select-pane', '-t', `${work}1.2`, '-T', 'a title; #S');
  await ann.tmux('select-pane', '-t', `${work}1.3`);
  await ann.tmux('select-pane', '-t', `${work}1.2`);
  await ann.tmux('resize-pane', '-Z', '-t', `${work}1.2`);
  await ann.tmux(
    'new-window',
    '-d',
    '-t',
    `${work}5`,
    '-n',
    'named "it"',
    '-c',
    `${ann.user}/${(odd[4] ?? '').replaceAll('#', '##')}`,
  );
  await ann.tmux('set-option', '-t', work, 'status-left', 'a "b" $c \\; ');
  await ann.tmux('set-option', '-w', '-t', `${work}5`, 'synchronize-panes', 'on');
  await ann.tmux('set-environment', '-t', work, 'COLOUR_OF', 'blue sky');
  await ann.tmux('set-environment', '-t', work, 'MY_TOKEN', 'abcdef');
  await ann.tmux('new-session', '-d', '-s', 'other', '-x', '90', '-y', '20');
  await ann.type(`${work}1.4`, "printf '\\033[31mred  text\\033[0m\\n'");
  await ann.shows(`${work}1.4`, /^red {2}text/m);
  await ann.tmux('copy-mode', '-t', `${work}1.4`);
  const snapshot = await ann.save('round');
  expect(JSON.stringify(snapshot)).not.toContain('abcdef');
  expect(snapshot.mux.sessions.map(({ name }) => name).sort()).toEqual(['my_work_1', 'other']);

  await using bob = createSessionUser(`${scratch.path}/b`, { HOME: ann.user });
  carry(ann, bob);
  rmSync(`${ann.user}/.tmux.conf`);
  const { code, report } = await bob.restore('round');
  expect(report.panes.map(({ outcome, text }) => [outcome, text])).toEqual(report.panes.map(() => ['restored', '']));
  expect(code).toBe(0);
  const looks =
    '#{session_name} #{window_index} #{window_name} #{window_active} #{window_last_flag} #{window_zoomed_flag} #{window_width}x#{window_height} #{synchronize-panes}';
  // tmux renames a window after what runs in it, half a second late: the last of it was its own client.
  await expect.poll(() => bob.list('windows', looks), { timeout: 20_000 }).toEqual(await ann.list('windows', looks));
  const panes =
    '#{session_name} #{window_index} #{pane_title} #{pane_current_path} #{pane_active} #{pane_width}x#{pane_height} #{pane_left},#{pane_top} #{@dsync_pane}';
  expect(await bob.list('panes', panes)).toEqual(await ann.list('panes', panes));
  const again = await bob.save('round-again');
  expect(again.parentId).toBe(snapshot.id);
  expect(again.sessionKey).toBe(snapshot.sessionKey);
  expect(again.mux.sessions.map(({ options, env }) => [options['status-left'], env.COLOUR_OF])).toEqual(
    snapshot.mux.sessions.map(({ options, env }) => [options['status-left'], env.COLOUR_OF]),
  );
  const coloured = await bob.tmux('capture-pane', '-e', '-p', '-S', '-', '-t', '=my_work_1:1.3');
  expect(coloured).toContain('\u001b[31mred  text');
  expect(existsSync(`${ann.user}/x`)).toBe(false);
});

test('commands are known as they were typed, in bash, zsh and fish, and start again by the shell itself', async () => {
  using scratch = createScratch('session');
  await using ann = createSessionUser(`${scratch.path}/a`);
  const files = { bash: '.bash_profile', zsh: '.zshrc', fish: '../xdg-config/fish/config.fish' };
  for (const [shell, file] of Object.entries(files))
    ann.write(file, hook(`typed-line.${shell === 'fish' ? 'fish' : 'sh'}`));
  ann.write('server.js', SERVER);
  await ann.startTmux({ conf: 'set -g default-command ""\n' });
  const ports: Record<string, number> = {};
  for (const shell of Object.keys(files)) {
    ports[shell] = await freePort();
    await ann.tmux('set-option', '-g', 'default-shell', `/usr/bin/${shell}`);
    await ann.tmux('new-window', '-d', '-n', `in-${shell}`);
    const env = shell === 'fish' ? "env FOO='a  b'" : "FOO='a  b'";
    await ann.type(
      `=work:in-${shell}`,
      `cd /; cd ${ann.user}; ${env} node server.js ${ports[shell]} # "typed"`.replace(
        shell === 'zsh' ? / #.*/ : /^$/,
        '',
      ),
    );
    await ann.shows(`=work:in-${shell}`, 'listening');
  }
  const snapshot = await ann.save();
  const typed = panesOf(snapshot).map(({ process }) => process?.typed ?? '');
  expect(typed[1]).toBe(`cd /; cd \${home}; FOO='a  b' node server.js ${ports.bash} # "typed"`);
  expect(typed[2]).toBe(`cd /; cd \${home}; FOO='a  b' node server.js ${ports.zsh}`);
  expect(typed[3]).toBe(`cd /; cd \${home}; env FOO='a  b' node server.js ${ports.fish} # "typed"`);
  await ann.killTmux(...Object.values(ports));
  const { report, code } = await ann.restore();
  expect(report.panes.map(({ outcome, text }) => [outcome, text])).toEqual([1, 2, 3, 4].map(() => ['restored', '']));
  expect(code).toBe(0);
  for (const shell of Object.keys(files)) {
    expect(await answer(ports[shell] ?? 0)).toBe(`hi from ${realpathSync(ann.user)} a  b`);
    // The shell has the command as its job: Ctrl-C ends it, the prompt is there, and so is the line.
    await ann.tmux('send-keys', '-t', `=work:in-${shell}`, 'C-c');
    await ann.runs(`=work:in-${shell}`, shell);
    await ann.tmux('send-keys', '-t', `=work:in-${shell}`, 'Up', 'Enter');
    expect(await answer(ports[shell] ?? 0)).toContain('a  b');
  }
  expect(panesOf(await ann.save()).map(({ process }) => process?.typed ?? '')).toEqual(typed);
});

test('what runs is found by what has the terminal: arguments, pipes, jobs, package scripts, dead panes, editors', async () => {
  using scratch = createScratch('session');
  await using ann = createSessionUser(`${scratch.path}/a`);
  const [port, hidden, six] = [await freePort(), await freePort(), await freePort()];
  ann.write('server.js', SERVER);
  ann.write('web/package.json', JSON.stringify({ name: 'web', scripts: { dev: 'node ../server.js' } }));
  ann.write('a b.txt', 'text\n');
  await ann.startTmux();
  const panes: Record<string, string> = {
    background: 'sleep 4321 & tail -f "a b.txt"',
    pipe: 'tail -f a\\ b.txt | grep x',
    npm: `cd web && npm run dev -- ${port} 127.0.0.1`,
    editor: "vim +1 'a b.txt'",
    env: "FOO='a b' MY_SECRET=hunter2 sleep 4322",
    sub: '(cd / && sleep 4323)',
    hidden: `setsid nohup node server.js ${hidden} > /dev/null 2>&1 & disown`,
    six: `node server.js ${six} ::1`,
  };
  await ann.tmux('set-option', '-g', 'remain-on-exit', 'on');
  await ann.tmux('new-window', '-d', '-n', 'dead', 'exit 3');
  for (const [name, line] of Object.entries(panes)) {
    await ann.tmux('new-window', '-d', '-n', name);
    await ann.type(`=work:${name}`, line);
  }
  await ann.shows('=work:npm', 'listening');
  await ann.shows('=work:six', 'listening');
  await ann.runs('=work:editor', 'vim');
  await ann.runs('=work:pipe', 'tail');
  await ann.runs('=work:background', 'tail');
  await answer(hidden);
  await until('vim shows its file', async () =>
    (await ann.tmux('capture-pane', '-p', '-t', '=work:editor')).includes('text'),
  );
  await ann.tmux('send-keys', '-t', '=work:editor', 'ohello', 'Escape');
  await ann.shows('=work:editor', /hello[\s\S]*\+|hello/);
  const snapshot = await eventually(async () => {
    const found = await ann.save();
    if (found.editors[0]?.unsaved.length !== 1) throw new Error(`No unsaved buffer: ${JSON.stringify(found.editors)}`);
    return found;
  });
  expect(commandsOf(snapshot)).toEqual([
    'prompt',
    'dead 3',
    "auto tail -f 'a b.txt'",
    "prefill tail -f 'a b.txt' | grep x",
    `auto npm run dev -- ${port} 127.0.0.1`,
    "auto vim +1 'a b.txt'",
    'prefill sleep 4322',
    'prefill sleep 4323',
    'prompt',
    `auto node server.js ${six} ::1`,
  ]);
  const named = new Map(snapshot.mux.sessions[0]?.windows.map(({ name, panes: [pane] }) => [name, pane]));
  expect(named.get('npm')?.cwd).toEqual({ home: 'web' });
  expect(named.get('sub')?.process?.cwd).toEqual({ abs: '/' });
  expect(named.get('env')?.process).toMatchObject({ env: { FOO: 'a b' }, redacted: ['MY_SECRET'] });
  expect(JSON.stringify(snapshot)).not.toContain('hunter2');
  expect(snapshot.editors).toMatchObject([
    { app: 'vim', files: [{ path: { home: 'a b.txt' }, line: 1 }], unsaved: ['${home}/a b.txt'] },
  ]);
  expect(named.get('editor')?.altScreen).toBe(true);
  const byPort = new Map(snapshot.services.map((service) => [service.listens[0]?.port, service]));
  expect(byPort.get(hidden)).toMatchObject({
    pane: named.get('hidden')?.key,
    foreground: false,
    command: `node server.js ${hidden}`,
  });
  expect(byPort.get(six)).toMatchObject({ listens: [{ address: '::1', port: six }], foreground: true });
  expect(byPort.get(port)).toMatchObject({ startedBy: 'script', name: 'npm run dev' });

  // The other side of it: all gone, and all again.
  for (const { pids } of snapshot.services) for (const pid of pids) process.kill(pid, 'SIGKILL');
  await ann.killTmux(port, six, hidden);
  const { report } = await ann.restore();
  expect(report.services.map(({ state, text }) => [state, text])).toEqual(report.services.map(() => ['up', '']));
  expect(await answer(port)).toContain(`${ann.user}/web`);
  expect(await answer(six, '[::1]')).toContain('hi');
  expect(await answer(hidden)).toContain('hi');
  const outcomes = new Map(report.panes.map(({ command, outcome }) => [command, outcome]));
  expect(outcomes.get('sleep 4322')).toBe('prefilled');
  await ann.shows('=work:env', /\$ sleep 4322$|# sleep 4322$/m);
  expect(await ann.tmux('display-message', '-p', '-t', '=work:env', '#{pane_current_command}')).toBe('bash\n');
  await ann.shows('=work:editor', /Swap file|swap file|hello/i);
});

test('without tmux: the folder and what runs below the shell, and services start again in the background', async () => {
  using scratch = createScratch('session');
  await using ann = createSessionUser(`${scratch.path}/a`);
  const port = await freePort();
  ann.write('server.js', SERVER);
  const node = process.execPath;
  const none = ann.path('none.sock');
  const script = `cd ${ann.user}; PS1='$ '; node server.js ${port} & server=$!; until (exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null; do sleep 0.05; done; ${node} ${DSYNC} handoff save bare --json > saved; kill $server; wait $server; exit\n`;
  const child = spawn('bash', ['--norc', '-i'], {
    env: { ...ann.env, TMUX: `${none},1,0` },
    cwd: ann.user,
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.stdin.end(script);
  await until('the shell has ended', () => child.exitCode !== null);
  const snapshot = JSON.parse(await ann.dsync('handoff', 'show', 'bare', '--json'));
  expect(snapshot).toMatchObject({
    mux: { sessions: [] },
    shell: { cwd: { home: '' } },
    services: [{ listens: [{ port }], command: `node server.js ${port}` }],
  });
  const { code, report } = await ann.restore('bare');
  expect(report).toMatchObject({ panes: [], services: [{ state: 'up', ports: [port] }] });
  expect(code).toBe(0);
  expect(await answer(port)).toContain('hi');
  // It stands already: nothing is started twice.
  expect((await ann.restore('bare')).report.services).toMatchObject([
    { state: 'down', text: expect.stringContaining('taken') },
  ]);
});

test('what will run elsewhere is stopped as Ctrl-C does, and goes on in its panes if nothing comes of it', async () => {
  using scratch = createScratch('session');
  await using ann = createSessionUser(`${scratch.path}/a`);
  const [port, hidden] = [await freePort(), await freePort()];
  ann.write('server.js', SERVER);
  ann.write('log', 'x\n');
  // It hears no Ctrl-C.
  ann.write('deaf.js', `process.on('SIGINT', () => console.log('no'));\n${SERVER}`);
  const deaf = await freePort();
  await ann.startTmux();
  const lines = {
    server: `node server.js ${port}`,
    deaf: `node deaf.js ${deaf}`,
    hidden: `setsid nohup node server.js ${hidden} > /dev/null 2>&1 & disown`,
    log: 'tail -f log',
    task: 'sleep 4500',
  };
  for (const [name, line] of Object.entries(lines)) {
    await ann.tmux('new-window', '-d', '-n', name);
    await ann.type(`=work:${name}`, line);
  }
  for (const each of [port, hidden, deaf]) await answer(each);
  await ann.runs('=work:log', 'tail');
  await ann.runs('=work:task', 'sleep');
  const snapshot = await ann.save();
  // The functions are called in this process: its home is Ann's.
  vi.stubEnv('HOME', ann.user);
  const options = { home: resolveHome(ann.env), signal: new AbortController().signal, socket: ann.socket };
  const stopped = await quiesceSession(snapshot, { ...options, graceMs: 3_000 });
  expect(stopped.left).toEqual([]);
  expect(stopped.processes.map(({ command, ports }) => [command, ports])).toEqual([
    [`node server.js ${port}`, [port]],
    [`node deaf.js ${deaf}`, [deaf]],
    [`node server.js ${hidden}`, [hidden]],
  ]);
  for (const each of [port, hidden, deaf]) expect(await isFree(each)).toBe(true);
  await ann.runs('=work:server', 'bash');
  await ann.runs('=work:log', 'tail');
  await ann.runs('=work:task', 'sleep');
  // A second time there is nothing left to stop.
  expect((await quiesceSession(snapshot, options)).processes).toEqual([]);

  const resumed = await resumeSession(snapshot, stopped, options);
  expect(resumed.services.map(({ state, text }) => [state, text])).toEqual(resumed.services.map(() => ['up', '']));
  expect(resumed).toMatchObject({ complete: true });
  for (const each of [port, hidden, deaf]) expect(await answer(each)).toContain('hi');
  await ann.runs('=work:server', 'node');
});
