import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { eventually } from './harness/eventually.ts';
import { createLauncherUser } from './harness/launcher.ts';

const manifest = (scripts: Record<string, string>): string => JSON.stringify({ scripts });

test('discover finds, list shows, explain says why; the edits of a person hold', async () => {
  await using user = createLauncherUser();
  user.plant({
    'web/package.json': manifest({ dev: 'vite', test: 'vitest' }),
    'web/pnpm-lock.yaml': '',
    'api/go.mod': 'module api\n',
    'api/main.go': '',
    'group/deep/Cargo.toml': '[package]\nname = "deep"\n',
    'node_modules/x/package.json': '{}',
  });
  const found = JSON.parse(await user.dlaunch('discover', '--json', user.code));
  expect(found.added.map((path: string) => path.slice(user.code.length + 1)).sort()).toEqual([
    'api',
    'group/deep',
    'web',
  ]);
  expect(await user.dlaunch('path', 'web')).toBe(`${user.code}/web\n`);
  expect(await user.dlaunch('explain', 'web')).toMatch(
    /▶ dev +pnpm dev +from package.json#scripts.dev; pnpm from pnpm-lock.yaml/,
  );

  await user.dlaunch('rename', 'web', 'shop');
  await user.dlaunch('alias', 'shop', 's');
  await user.dlaunch('tag', 'shop', 'acme', 'front');
  await user.dlaunch('discover', user.code);
  expect(await user.dlaunch('list', '--format', '{name} {aliases} {tags} {kinds}', '--tag', 'acme')).toBe(
    'shop s acme,front node\n',
  );
  expect(await user.dlaunch('path', 's')).toBe(`${user.code}/web\n`);
  await user.dlaunch('rm', 'shop');
  expect(
    JSON.parse(await user.dlaunch('list', '--json'))
      .projects.map(({ name }: { name: string }) => name)
      .sort(),
  ).toEqual(['api', 'deep']);
  expect(existsSync(`${user.code}/web/package.json`)).toBe(true);
  await user.dlaunch('add', 'web', '--name', 'again');
  expect(await user.dlaunch('list', '--format', '{name}', 'again')).toBe('again\n');
});

test('the registry stays live with no scan: clones, edits and deletions show in the next list', async () => {
  await using user = createLauncherUser();
  user.plant({ 'web/package.json': manifest({ dev: 'vite' }) });
  await user.dlaunch('discover', user.code);
  user.plant({ 'new/package.json': manifest({ start: 'node .' }), 'group/inner/go.mod': 'module x\n' });
  writeFileSync(`${user.code}/web/package.json`, manifest({ start: 'node server.js' }));
  // On a busy machine one list may not get to all of it.
  await eventually(async () => {
    const rows = (await user.dlaunch('list', '--format', '{name}: {usual}')).trim().split('\n');
    expect(rows.sort()).toEqual(['inner: go test ./...', 'new: npm run start', 'web: npm run start']);
  });
  rmSync(`${user.code}/web`, { recursive: true });
  expect((await user.dlaunch('list', '--format', '{name}')).trim().split('\n').sort()).toEqual(['inner', 'new']);
  expect(await user.dlaunch('list', '--all', 'web')).toContain('(missing)');
  user.plant({ 'web/package.json': manifest({ dev: 'vite' }) });
  await eventually(async () => expect(await user.dlaunch('list', '--format', '{name}', 'web')).toBe('web\n'));
});

test('a stale registry is refreshed in the background', async () => {
  await using user = createLauncherUser({ DLAUNCH_NO_REFRESH: '' });
  mkdirSync(`${user.home}/config`, { recursive: true });
  writeFileSync(`${user.home}/config/launcher.json`, JSON.stringify({ refreshMinutes: 0, folders: [user.code] }));
  user.plant({ 'a/b/c/d/go.mod': 'module d\n' });
  expect(await user.dlaunch('list', '--format', '{name}')).toBe('');
  await eventually(async () => expect(await user.dlaunch('list', '--format', '{name}')).toBe('d\n'));
});

test('a broken registry is said with file and line, the last good copy is shown, and nothing is overwritten', async () => {
  await using user = createLauncherUser();
  user.plant({ 'web/package.json': '{}' });
  await user.dlaunch('discover', user.code);
  await user.dlaunch('tag', 'web', 'x');
  const path = `${user.home}/state/projects.json`;
  const broken = `${readFileSync(path, 'utf8').slice(0, 40)}`;
  writeFileSync(path, broken);
  const listed = await user.run('list', '--format', '{name}');
  expect(listed).toMatchObject({ code: 0, stdout: 'web\n' });
  expect(listed.stderr).toMatch(/projects\.json:\d+: this is not JSON/);
  expect(await user.run('tag', 'web', 'y')).toMatchObject({ code: 1, stdout: '' });
  expect(await user.run('discover', user.code)).toMatchObject({ code: 1 });
  expect(readFileSync(path, 'utf8')).toBe(broken);
});

test('a project of another host keeps one row: merged by its remote, with its launches there', async () => {
  await using user = createLauncherUser();
  user.plant({
    'web/package.json': manifest({ dev: 'vite' }),
    'web/.git/config': '[remote "origin"]\n\turl = git@github.com:Acme/Web.git\n',
  });
  await user.dlaunch('discover', user.code);
  const theirs = {
    projects: [
      {
        id: 'github.com/acme/web',
        name: 'site',
        locations: { gpu: { path: '/srv/web' } },
        use: { gpu: { rank: 3, last: 1 } },
      },
      { id: 'github.com/acme/far', name: 'far', locations: { gpu: { path: '/srv/far' } } },
    ],
  };
  writeFileSync(user.path('theirs.json'), JSON.stringify(theirs));
  for (let i = 0; i < 2; i++) await user.dlaunch('merge', user.path('theirs.json'));
  const { projects } = JSON.parse(await user.dlaunch('list', '--all', '--json'));
  expect(projects).toMatchObject([
    { name: 'web', hosts: { gpu: '/srv/web' }, score: 0.75 },
    { name: 'far', hosts: { gpu: '/srv/far' } },
  ]);
  expect((await user.run('path', 'far')).stderr).toContain('dlaunch far --host gpu');
});

test('names and files with escape sequences never reach the terminal raw, and no project code runs', async () => {
  await using user = createLauncherUser();
  const evil = 'a\u001b[2Jb\nc#(touch pwned)';
  user.plant({
    [`${evil}/Makefile`]: `X := $(shell touch ${user.path('pwned')})\nrun\u001b[31m: ## \u001b]0;x\u0007\n\ttrue\nrun: ## \u001b[2J\n\ttrue\n`,
    [`${evil}/package.json`]: JSON.stringify({ scripts: { 'd\u001b[2Jev': 'x' } }),
    'broken/package.json': '{\n\u001b[2J',
  });
  const outputs = [
    await user.run('discover', user.code),
    await user.run('list'),
    await user.run('list', '--format', '{name} {usual}'),
    await user.run('explain', 'a'),
    await user.run('explain', 'broken'),
    await user.run('run', 'a', '--dry-run'),
    await user.run('run', 'a'),
    await user.run('run', '\u001b[2J'),
  ];
  for (const { stdout, stderr } of outputs) expect(`${stdout}${stderr}`).not.toMatch(/[\u001b\u0007]/);
  expect(outputs[4]?.stderr).toMatch(/broken\/package\.json:\d+: /);
  expect(existsSync(user.path('pwned'))).toBe(false);
  expect(existsSync(`${user.code}/pwned`)).toBe(false);
});

test.skipIf(process.getuid?.() === 0)('a folder that cannot be read is told of, and the rest is found', async () => {
  await using user = createLauncherUser();
  user.plant({ 'shut/x/go.mod': '', 'web/package.json': '{}' });
  chmodSync(`${user.code}/shut`, 0);
  const ran = await user.run('discover', user.code);
  chmodSync(`${user.code}/shut`, 0o700);
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('web') });
  expect(ran.stderr).toContain('not readable');
});

test.each([
  ['no such project', ['path', 'nothing'], 1, /No project is called nothing\n {2}List the projects/],
  ['no such command', ['frobnicate', '--nope'], 2, /unknown option/],
  ['a folder that is not there', ['add', '/no/such/folder'], 1, /is no folder/],
  ['a port that is none', ['run', 'x', '--port', '99999'], 2, /1 to 65535/],
  ['choosing without a terminal', ['select'], 1, /needs a terminal/],
  ['nothing to stop', ['stop'], 1, /give --all/],
  ['nothing that runs', ['logs', 'web'], 1, /Nothing runs that is called web/],
])('%s: said on stderr, with what to do', async (_, args, code, message) => {
  await using user = createLauncherUser();
  const ran = await user.run(...args);
  expect(ran).toMatchObject({ code, stdout: '' });
  expect(ran.stderr).toMatch(message);
});
