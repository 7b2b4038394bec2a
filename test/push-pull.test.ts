/**
 * Push, pull and setup-check against a real sshd and a real rsync, with nothing of ours on the other side.
 *
 * @module
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DSYNC, type Ran, runDsync } from './harness/command.ts';
import { until } from './harness/eventually.ts';
import { createScratch } from './harness/scratch.ts';
import { diffLiteral, readTree, symlink, type TreeLiteral, writeTree } from './harness/tree.ts';
import { type Sshd, startSshd } from './sshd.ts';

const HOSTILE: TreeLiteral = {
  ' two  blanks ': '1',
  'line\nbreak': '2',
  'quote\'"`$(touch pwned)': '3',
  '-rf': '4',
  '#comment': '5',
  ';comment': '6',
  '*?[a-z]': '7',
  '\\#012': '8',
  'back\\slash': '9',
  'a:b': '10',
  '~root': '11',
  'grüße 😀': '12',
  'esc\u001b[31m': '13',
  '-dir/--delete': '14',
  'deep/er/x.sh': { kind: 'file', content: '15', mode: 0o755 },
  'link\nto': symlink('gone -> \n'),
  empty: { kind: 'folder' },
};

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.close());

interface Scene extends Disposable {
  readonly here: string;
  readonly there: string;
  /** `B:` and the folder there. */
  readonly remote: string;
  readonly folder: string;
  run(...args: string[]): Promise<Ran>;
  runIn(cwd: string, ...args: string[]): Promise<Ran>;
  /** In the folder here, for those who end it themselves. */
  spawn(...args: string[]): ChildProcessByStdio<null, Readable, Readable>;
}

function createScene(server: Sshd = sshd): Scene {
  const scratch = createScratch('push-pull');
  const path = (name: string): string => join(scratch.path, name);
  for (const name of ['here', 'there', 'home', 'tmp']) mkdirSync(path(name));
  const env = {
    ...server.env,
    HOME: path('home'),
    DSYNC_HOME: path('dsync'),
    TMPDIR: path('tmp'),
    NO_COLOR: '1',
  };
  const here = path('here');
  const runIn = (cwd: string, ...args: string[]): Promise<Ran> => runDsync(args, { env, cwd });
  return {
    here,
    there: path('there'),
    remote: `${server.alias}:${path('there')}`,
    folder: scratch.path,
    runIn,
    run: (...args) => runIn(here, ...args),
    spawn: (...args) =>
      spawn(process.execPath, [DSYNC, ...args], { env, cwd: here, stdio: ['ignore', 'pipe', 'pipe'] }),
    [Symbol.dispose]() {
      // Whatever came of it, no passing folder stays behind.
      expect(readdirSync(path('tmp'))).toEqual([]);
      scratch[Symbol.dispose]();
    },
  };
}

/** With an mtime in whole seconds since 1970. */
function writeAt(path: string, content: string, seconds: number): void {
  writeFileSync(path, content);
  utimesSync(path, seconds, seconds);
}

/** The one folder of backups, with what is in it. */
function backupIn(root: string): string {
  const folder = join(root, '.dsync/local/backups');
  const names = readdirSync(folder);
  expect(names).toHaveLength(1);
  return join(folder, names[0] ?? '');
}

function differences(root: string, expected: TreeLiteral): string | undefined {
  return diffLiteral(expected, readTree(root));
}

/** Everything below a folder, `.dsync` included, down to the times. */
function snapshot(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name !== 'tmp')
    .sort()
    .map((name) => {
      const { mode, mtimeMs, size, ino } = lstatSync(join(folder, name));
      return JSON.stringify([name, mode, mtimeMs, size, ino]);
    });
}

const T = 1_700_000_000;

describe('push and pull', () => {
  test('names of every kind arrive, modes and all; nothing in a name is run or obeyed', async () => {
    using scene = createScene();
    const { here, there, folder, remote, run, runIn } = scene;
    writeTree(here, HOSTILE);
    const pushed = await run('push', here, remote);
    expect(pushed).toMatchObject({ code: 0, stderr: '' });
    expect(differences(there, HOSTILE)).toBeUndefined();

    const back = join(folder, 'back');
    const pulled = await runIn('/', 'pull', back, remote);
    expect(pulled).toMatchObject({ code: 0, stderr: '' });
    expect(differences(back, HOSTILE)).toBeUndefined();
    expect((await run('push', here, remote)).stdout).toContain('Nothing to do.');
    expect(existsSync(join(back, '.dsync'))).toBe(false);

    // And all of them can be deleted again, each by its name.
    for (const name of readdirSync(here)) if (name !== 'empty') rmSync(join(here, name), { recursive: true });
    expect(await run('push', here, remote, '--delete', '--yes')).toMatchObject({ code: 0, stderr: '' });
    const { empty: stays, ...gone } = HOSTILE;
    expect(differences(there, { empty: stays ?? '' })).toBeUndefined();
    expect(differences(backupIn(there), gone)).toBeUndefined();
  });

  test('a dry run shows every file, one a line, and changes nothing at all', async () => {
    using scene = createScene();
    const { here, there, folder, remote, run } = scene;
    writeTree(here, { ...HOSTILE, 'same.txt': 'same', 'longer.txt': 'longer' });
    writeTree(there, { 'longer.txt': 'long', 'extra/file': 'x', 'extra/line\nbreak': 'y' });
    const before = snapshot(folder);
    const { code, stdout, stderr } = await run('push', '.', remote, '--dry-run', '--delete');
    expect(code).toBe(0);
    expect(stderr).toContain('nothing was changed');
    expect(snapshot(folder)).toEqual(before);
    const lines = stdout.split('\n');
    expect(lines).toContain('new      line\\x0abreak  1 B');
    expect(lines).toContain('new      esc\\x1b[31m  2 B');
    expect(lines).toContain('new      empty/');
    expect(lines.find((line) => line.includes('longer.txt'))).toMatch(/^changed {2}longer\.txt {2}6 B, was 4 B/);
    expect(lines).toContain('deleted  extra/line\\x0abreak  1 B');
    expect(lines).toContain('deleted  extra/');
    expect(stdout).toMatch(/\d+ new, 1 changed, 3 deleted \(2 B\); \d+ B to send/);

    const pull = await run('pull', '.', remote, '-n', '--delete', '--json');
    expect(pull.code).toBe(0);
    expect(snapshot(folder)).toEqual(before);
    const plan = JSON.parse(pull.stdout.split('\n')[0] ?? '');
    expect(plan).toMatchObject({ kind: 'plan', direction: 'pull', dryRun: true, totals: { new: 3, changed: 1 } });
    expect(plan.items).toContainEqual({ path: 'line\nbreak', kind: 'file', action: 'deleted', sizeBytes: 1 });
  });

  test('a newer file is replaced only with consent, and kept', async () => {
    using scene = createScene();
    const { here, there, remote, run } = scene;
    writeAt(join(here, 'a'), 'ours', T);
    writeAt(join(there, 'a'), 'theirs!', T + 1);
    writeAt(join(here, 'b'), 'ours b', T + 1);
    writeAt(join(there, 'b'), 'old b', T);
    const refused = await run('push', '.', remote);
    expect(refused.code).toBe(3);
    expect(refused.stdout).toMatch(
      /changed {2}a .* replaces a newer file: 2023-11-14 22:13:21 UTC by 2023-11-14 22:13:20 UTC/,
    );
    expect(refused.stdout).not.toMatch(/changed {2}b/);
    expect(refused.stderr).toContain('--yes');
    expect(readFileSync(join(there, 'a'), 'utf8')).toBe('theirs!');
    expect(readFileSync(join(there, 'b'), 'utf8')).toBe('old b');

    const done = await run('push', '.', remote, '--yes');
    expect(done.code).toBe(0);
    expect(differences(there, { a: 'ours', b: 'ours b' })).toBeUndefined();
    const backup = backupIn(there);
    expect(done.stdout).toContain(`what was replaced or deleted is in B:${backup}`);
    expect(readFileSync(join(backup, 'a'), 'utf8')).toBe('theirs!');
    expect(readFileSync(join(backup, 'b'), 'utf8')).toBe('old b');
    expect(lstatSync(join(there, '.dsync/local')).mode & 0o777).toBe(0o700);

    // The other way round.
    writeAt(join(here, 'a'), 'edited here', T + 5);
    expect((await run('pull', '.', remote)).code).toBe(3);
    expect((await run('pull', '.', remote, '--yes')).stdout).toContain(`is in ${backupIn(here)}`);
    expect(readFileSync(join(here, 'a'), 'utf8')).toBe('ours');
    expect(readFileSync(join(backupIn(here), 'a'), 'utf8')).toBe('edited here');
  });

  test('an edit within the same second that keeps the size is seen', async () => {
    using scene = createScene();
    const { here, there, remote, run } = scene;
    writeAt(join(here, 'a'), 'one', T + 0.25);
    writeAt(join(there, 'a'), 'two', T + 0.5);
    expect((await run('push', '.', remote)).code).toBe(0);
    expect(readFileSync(join(there, 'a'), 'utf8')).toBe('one');
  });

  test('a file of the same content is not replaced, whatever its time; nothing is asked', async () => {
    using scene = createScene();
    const { here, there, remote, run } = scene;
    writeAt(join(here, 'same'), 'content', T);
    writeAt(join(there, 'same'), 'content', T + 100);
    writeAt(join(here, 'other'), 'edit', T + 1);
    writeAt(join(there, 'other'), 'text', T);
    const done = await run('push', '.', remote);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toContain('1 changed, 1 of another mode or time');
    expect(lstatSync(join(there, 'same')).mtimeMs).toBe(T * 1000);
    expect(differences(backupIn(there), { other: 'text' })).toBeUndefined();
    expect(readFileSync(join(there, 'other'), 'utf8')).toBe('edit');
    expect((await run('push', '.', remote)).stdout).toContain('Nothing to do.');
  });

  test('--delete takes what the other side has not, leaves what the rules leave alone, and keeps it all', async () => {
    using scene = createScene();
    const { here, there, remote, run } = scene;
    writeTree(here, { '.dsyncignore': '*.log\n', 'src/a': 'a', clash: 'a file' });
    writeTree(there, {
      'src/a': 'a',
      'src/-old': 'o',
      'gone/deep/x\ny': 'x',
      'kept/node_modules/m': 'm',
      'kept/f': 'f',
      'server.log': 'log',
      '.git/HEAD': 'ref',
      'clash/in': 'in the way',
    });
    const refused = await run('push', '.', remote, '--delete');
    expect(refused.code).toBe(3);
    const deleted = refused.stdout.split('\n').filter((line) => line.startsWith('deleted'));
    expect(deleted.sort()).toEqual([
      'deleted  clash/in  10 B',
      'deleted  gone/',
      'deleted  gone/deep/',
      'deleted  gone/deep/x\\x0ay  1 B',
      'deleted  kept/f  1 B',
      'deleted  src/-old  1 B',
    ]);
    const done = await run('push', '.', remote, '--delete', '--yes');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const stays: TreeLiteral = { 'kept/node_modules/m': 'm', 'server.log': 'log', '.git/HEAD': 'ref' };
    expect(differences(there, { '.dsyncignore': '*.log\n', 'src/a': 'a', clash: 'a file', ...stays })).toBeUndefined();
    const backup = backupIn(there);
    expect(
      differences(backup, { 'gone/deep/x\ny': 'x', 'kept/f': 'f', 'src/-old': 'o', 'clash/in': 'in the way' }),
    ).toBeUndefined();
    expect((await run('push', '.', remote, '--delete')).stdout).toContain('Nothing to do.');
    expect(backupIn(there)).toBe(backup);
  });

  test('a pull goes by the rules of the other side, and deletes here', async () => {
    using scene = createScene();
    const { here, there, remote, run } = scene;
    writeTree(there, { '.dsyncignore': 'secret/\n', 'secret/s': 's', 'a/x': 'x', 'dist/d': 'd' });
    writeTree(here, { 'secret/own': 'o', 'a/old': 'old', 'b/node_modules/m': 'm', 'b/f': 'f' });
    const done = await run('pull', '.', remote, '--delete', '--yes');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const expected: TreeLiteral = {
      '.dsyncignore': 'secret/\n',
      'secret/own': 'o',
      'a/x': 'x',
      'b/node_modules/m': 'm',
    };
    expect(differences(here, expected)).toBeUndefined();
    expect(differences(backupIn(here), { 'a/old': 'old', 'b/f': 'f' })).toBeUndefined();
    expect(readdirSync(join(here, '.dsync/local'))).toEqual(['backups']);
  });

  test('a symlink there is replaced, never followed', async () => {
    using scene = createScene();
    const { here, there, folder, remote, run } = scene;
    writeTree(here, { 'd/f': 'f' });
    writeTree(folder, { 'outside/f': 'outside' });
    symlinkSync(join(folder, 'outside'), join(there, 'd'));
    expect(await run('push', '.', remote, '--yes')).toMatchObject({ code: 0 });
    expect(differences(there, { 'd/f': 'f' })).toBeUndefined();
    expect(readFileSync(join(folder, 'outside/f'), 'utf8')).toBe('outside');
    expect(lstatSync(join(backupIn(there), 'd')).isSymbolicLink()).toBe(true);
  });
});

describe('where to', () => {
  test('.env names the other side and options; it is read, not run', async () => {
    using scene = createScene();
    const { here, there, folder, remote, run, runIn } = scene;
    const env = `# the server\nSECRET="$(touch ${folder}/pwned)"\nexport DSYNC_REMOTE="${remote}"\nDSYNC_OPTIONS='-avz --exclude="*.tmp" --delete'\n`;
    writeTree(here, { '.env': env, 'src/a': 'a', 'src/b.tmp': 'b', 'lib/c': 'c' });
    writeTree(there, { 'src/z': 'z', 'lib/z': 'z' });
    const part = await runIn(join(here, 'src'), 'push', '--yes');
    expect(part).toMatchObject({ code: 0 });
    expect(differences(there, { 'src/a': 'a', 'lib/z': 'z' })).toBeUndefined();
    expect(await run('push', '-y')).toMatchObject({ code: 0 });
    expect(differences(there, { '.env': env, 'src/a': 'a', 'lib/c': 'c' })).toBeUndefined();
    expect(existsSync(join(folder, 'pwned'))).toBe(false);

    writeFileSync(
      join(here, '.env'),
      `A=1\nAMPLIFIER_SYNC_REMOTE=${remote}\nAMPLIFIER_SYNC_OPTIONS="-e 'ssh -oProxyCommand=id'"\n`,
    );
    const refused = await run('push');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/\.env:3: AMPLIFIER_SYNC_OPTIONS: .*~\/\.ssh\/config/);
  });

  test('a root knows its folder there, and a part of it is pushed by its path', async () => {
    using scene = createScene();
    const { here, there, run, runIn } = scene;
    writeTree(here, { 'a/x': 'x', 'b/y': 'y' });
    const config = join(scene.folder, 'dsync/config');
    mkdirSync(config, { recursive: true });
    const host = { name: 'web', destination: 'ssh://B', bridgeCommand: 'none' };
    writeFileSync(join(config, 'hosts.json'), JSON.stringify({ hosts: [host] }));
    expect(await run('root', 'add', here, '--host', `web:${there}`, '--name', 'site')).toMatchObject({ code: 0 });
    expect(await runIn('/', 'push', 'site', 'web', '--dry-run')).toMatchObject({ code: 0 });
    expect((await runIn(join(here, 'a'), 'push')).stdout).toContain(`→ web:${there}`);
    expect(differences(there, { 'a/x': 'x' })).toBeUndefined();
    expect(await runIn('/', 'push', join(here, 'b/y'))).toMatchObject({ code: 0 });
    writeFileSync(join(there, 'b/z'), 'z');
    expect(await runIn('/', 'pull', 'site')).toMatchObject({ code: 0 });
    expect(differences(here, { 'a/x': 'x', 'b/y': 'y', 'b/z': 'z' })).toBeUndefined();
  });

  test.each<[string, string[], number, RegExp]>([
    ['nowhere', ['push'], 1, /Nothing says where .*\n.*DSYNC_REMOTE/],
    ['a host that is none', ['push', '.', '-oProxyCommand=touch pwned:/x'], 2, /unknown option/],
    ['an option that is none of a host', ['push', '--', '.', '-oProxyCommand=id:/x'], 1, /no option/],
    ['too much', ['push', '.', 'B:/x', '-z'], 2, /unknown option/],
    ['three places', ['push', '.', 'B:/x', 'y'], 2, /at most a place and a host/],
    ['another place', ['push', '.', 'B:/x', '--', '/etc/'], 1, /another place/],
    ['no such folder there', ['pull', '.', 'B:/no/such/folder'], 1, /There is no folder B:\/no\/such\/folder/],
    ['a file there', ['pull', '.', 'B:/etc/passwd'], 1, /is no folder/],
    ['no such part', ['push', './nothing', 'B'], 1, /There is no /],
    ['a home as a whole', ['push', '~', 'B'], 1, /as a whole/],
  ])('%s: says so, and changes nothing', async (_, args, code, message) => {
    using scene = createScene();
    const ran = await scene.run(...args);
    expect(ran.stderr).toMatch(message);
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(snapshot(scene.here)).toEqual([]);
  });
});

describe('what goes wrong', () => {
  test('what cannot be sent is listed, the rest arrives, and the exit code says so', async () => {
    using scene = createScene();
    const { here, there, remote, run } = scene;
    writeTree(here, { a: 'a', dangling: symlink('nothing') });
    const ran = await run('push', '.', remote, '--', '--copy-links');
    expect(ran.stdout).toContain('1 path written');
    expect(ran.stderr).toMatch(/dangling/);
    expect(ran.code).toBe(1);
    expect(differences(there, { a: 'a' })).toBeUndefined();
  });

  test('exit code 23 of rsync: the rest arrives, cause and cure are said', async () => {
    using scene = createScene();
    const { here, there, folder, remote, run } = scene;
    writeTree(there, { a: 'a', b: 'b' });
    // The listing, the preview and the run itself each start rsync there; before the run a file vanishes.
    const rsync = join(folder, 'rsync');
    const script = `echo >>${folder}/starts; [ "$(wc -l <${folder}/starts)" -lt 3 ] || rm -f ${there}/a; exec rsync "$@"`;
    writeFileSync(rsync, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const ran = await run('pull', '.', remote, '--', `--rsync-path=${rsync}`);
    expect(ran.stdout).toContain('2 new; 2 B to send');
    expect(ran.stdout).toContain('1 path written');
    expect(ran.stderr).toMatch(/rsync’s exit code 23\)\n {2}Mend/);
    expect(ran.code).toBe(1);
    expect(differences(here, { b: 'b' })).toBeUndefined();
  });

  test('progress after a second, as lines of JSON', async () => {
    using scene = createScene();
    const { here, there, remote, run } = scene;
    writeFileSync(join(here, 'big'), Buffer.alloc(600_000, 'x'));
    const ran = await run('push', '.', remote, '--json', '--', '--bwlimit=250');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const lines = ran.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ kind: 'plan', totals: { new: 1, sendBytes: 600_000 } });
    expect(lines.at(-1)).toMatchObject({ kind: 'done', ok: true, exitCode: 0, sent: 1, deleted: 0, backup: null });
    const progress = lines.slice(1, -1);
    expect(progress.length).toBeGreaterThan(0);
    for (const one of progress) expect(one).toMatchObject({ kind: 'progress', totalBytes: 600_000 });
    expect(lstatSync(join(there, 'big')).size).toBe(600_000);
  });

  test('Ctrl-C: each file is the old one or the new one, and nothing stays behind', async () => {
    using scene = createScene();
    const { here, there, remote } = scene;
    writeFileSync(join(here, 'big'), Buffer.alloc(20_000_000, 'n'));
    writeFileSync(join(there, 'big'), 'old');
    utimesSync(join(there, 'big'), T, T);
    const child = scene.spawn('push', '.', remote, '--json', '--', '--bwlimit=1m');
    const said = text(child.stderr);
    let isUnderWay = false;
    for await (const line of createInterface({ input: child.stdout })) {
      if (isUnderWay || !line.includes('"progress"')) continue;
      isUnderWay = true;
      child.kill('SIGINT');
    }
    if (child.exitCode === null) await once(child, 'exit');
    expect(isUnderWay).toBe(true);
    expect(child.exitCode).toBe(130);
    expect(await said).toContain(`is in ${remote}/.dsync/local/backups/`);
    expect(readFileSync(join(there, 'big'), 'utf8')).toBe('old');
    // The other side hears of it by the end of its connection.
    await until('no part of a file stays there', () => readdirSync(there).sort().join() === '.dsync,big');
  });

  test('no rsync on the other side, and what setup-check says of it', async () => {
    using bin = createScratch('bin');
    for (const name of ['sh', 'sed', 'awk', 'df', 'date', 'mkdir', 'cat'])
      symlinkSync(which(name), join(bin.path, name));
    await using server = await startSshd({ env: { PATH: bin.path } });
    using scene = createScene(server);
    const { here, there, remote, run } = scene;
    writeTree(here, { a: 'a' });
    const ran = await run('push', '.', remote);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(/There is no rsync on B\. Nothing was changed\.\n {2}Install it there/);
    expect(snapshot(there)).toEqual([]);
    const checked = await run('setup-check', remote, '--json');
    expect(checked.code).toBe(1);
    expect(findingsOf(checked)).toMatchObject({
      ssh: { state: 'ok' },
      'rsync there': { state: 'failed' },
      clock: { state: 'ok' },
    });
  });

  test('a shell that talks: rsync’s exit code 12 is explained, by push and by setup-check', async () => {
    await using server = await startSshd({ extraConfig: noisy() });
    using scene = createScene(server);
    writeTree(scene.here, { a: 'a' });
    const ran = await scene.run('push', '.', scene.remote);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/exit code (2|12)\)[\s\S]*(silence it|common protocol)/);
    const checked = await scene.run('setup-check', scene.remote, '--json');
    expect(findingsOf(checked)).toMatchObject({ 'rsync over ssh': { state: 'failed' } });
  });

  test('setup-check of a host where all is well, and of one that is not there', async () => {
    using scene = createScene();
    const well = await scene.run('setup-check', scene.remote, '--json');
    const findings = findingsOf(well);
    for (const check of [
      'rsync here',
      'rsync there',
      'protocol',
      'ssh',
      'rsync over ssh',
      'folder there',
      'clock',
      'exclude files',
    ])
      expect(findings[check], check).toMatchObject({ state: 'ok' });
    expect(well.code).toBeLessThan(4);
    writeFileSync(join(scene.here, '.rsync-exclude'), 'merge other-file\n');
    const rules = await scene.run('setup-check', scene.remote, '--json');
    expect(rules.code).toBe(3);
    expect(findingsOf(rules)['exclude files']).toMatchObject({
      state: 'warning',
      found: expect.stringMatching(/rsync-exclude:1/),
    });
    const gone = await scene.run('setup-check', 'nobody.invalid');
    expect(gone.code).toBe(1);
    expect(gone.stdout).toMatch(/✗ ssh: Could not reach nobody\.invalid/);
  });
});

/** Every command there is preceded by a word of welcome. */
function noisy(): string {
  return `ForceCommand echo welcome; exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"`;
}

function findingsOf({ stdout }: Ran): Record<string, { state: string; found: string; cure?: string }> {
  const { findings } = JSON.parse(stdout);
  return Object.fromEntries(findings.map((finding: { check: string }) => [finding.check, finding]));
}

function which(name: string): string {
  const folder = (process.env.PATH ?? '').split(':').find((one) => existsSync(join(one, name)));
  if (folder === undefined) throw new Error(`There is no ${name} on this machine`);
  return join(folder, name);
}
