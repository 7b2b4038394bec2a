import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSetupHome, DIST, type SetupHome } from './harness/setup-home.ts';

const QUIET = ['--yes', '--no-start', '--service', 'none'];

describe('dsync setup', () => {
  test('does what the dry run said, changes nothing the second time, and takes all of it back', async () => {
    await using host = createSetupHome();
    // Without a line break at its end, as editors may leave it.
    writeFileSync(host.path('.bashrc'), 'alias ll="ls -l"\nexport A=1', { mode: 0o640 });
    const before = host.tree();
    const dry = await host.setup('--yes', '--dry-run', '--service', 'none');
    expect(host.tree()).toEqual(before);
    expect(dry.changed).toBe(0);

    const first = await host.setup('--yes', '--service', 'none');
    const said = (report: typeof first): string[] =>
      report.steps.flatMap(({ changes }) => changes.map(({ what }) => what));
    expect(said(first)).toEqual(said(dry));
    expect(first.changed).toBe(said(dry).length);
    expect(realpathSync(host.path('.local/bin/dsync'))).toBe(realpathSync(join(DIST, 'dsync.js')));
    expect(host.tree()['.bashrc']).toMatch(/^640 alias ll="ls -l"\nexport A=1\nDSYNC_ROOT=.+ # dsync setup$/);

    const after = host.tree();
    const second = await host.setup('--yes', '--service', 'none');
    expect(second.changed).toBe(0);
    expect(host.tree()).toEqual(after);

    await host.setup('--uninstall', '--yes');
    expect(host.tree()['.bashrc']).toBe(before['.bashrc']);
    expect(Object.keys(host.tree()).filter((path) => !path.includes('dsync'))).toEqual(
      ['.bashrc', '.config', '.local', '.local/state'].filter((path) => path in host.tree()),
    );
    await host.setup('--uninstall', '--purge', '--yes');
    expect(host.tree()).toEqual(before);
    expect((await host.setup('--uninstall', '--yes')).changed).toBe(0);
  });

  test('mends half an installation: an old line, a link to elsewhere', async () => {
    await using host = createSetupHome();
    mkdirSync(host.path('.local/bin'), { recursive: true });
    symlinkSync('/gone/dist/dsync.js', host.path('.local/bin/dsync'));
    writeFileSync(
      host.path('.bashrc'),
      'DSYNC_ROOT=\'/gone\'; . "$DSYNC_ROOT/aliases.sh" # dsync setup\nexport LATER=1\n',
    );
    await host.setup(...QUIET);
    expect(readlinkSync(host.path('.local/bin/dsync'))).toBe(join(DIST, 'dsync.js'));
    const lines = readFileSync(host.path('.bashrc'), 'utf8').split('\n');
    expect(lines.filter((line) => line.endsWith('# dsync setup'))).toHaveLength(1);
    expect(lines[0]).toContain(`DSYNC_ROOT='${join(DIST, '..')}'`);
    expect(lines[1]).toBe('export LATER=1');
  });

  test('an rc file that is a link stays one, and is changed where it leads', async () => {
    await using host = createSetupHome({ shell: '/usr/bin/zsh' });
    mkdirSync(host.path('dotfiles'));
    writeFileSync(host.path('dotfiles/zshrc'), 'setopt autocd\n', { mode: 0o600 });
    symlinkSync('dotfiles/zshrc', host.path('.zshrc'));
    const before = host.tree();
    await host.setup(...QUIET);
    expect(readlinkSync(host.path('.zshrc'))).toBe('dotfiles/zshrc');
    expect(host.tree()['dotfiles/zshrc']).toMatch(/^600 setopt autocd\nDSYNC_ROOT=/);
    await host.setup('--uninstall', '--purge', '--yes');
    expect(host.tree()).toEqual(before);
  });

  test.each([
    {
      name: 'an rc file that is read-only',
      prepare: ({ path }: SetupHome) => writeFileSync(path('.bashrc'), 'x\n', { mode: 0o444 }),
      says: /Could not change ~\/\.bashrc: it is read-only\. Nothing was changed\.\n {2}Add this line yourself[\s\S]+DSYNC_ROOT=/,
    },
    {
      name: 'an rc file that is a link to nothing',
      prepare: ({ path }: SetupHome) => symlinkSync('gone', path('.bashrc')),
      says: /~\/\.bashrc: it is a link that leads nowhere/,
    },
    {
      name: 'a file where a folder should be',
      prepare: ({ path }: SetupHome) => writeFileSync(path('.local'), ''),
      says: /Could not read .*setup\.json|Could not write ~\/\.local\/bin: that is no folder: ~\/\.local/,
    },
    {
      name: 'a program of the same name',
      prepare: ({ path }: SetupHome) => {
        mkdirSync(path('.local/bin'), { recursive: true });
        writeFileSync(path('.local/bin/dsync'), '#!/bin/sh\n');
      },
      says: /~\/\.local\/bin\/dsync is there already, and is not dsync's/,
    },
  ])('$name: one clear message, and nothing is changed', async ({ prepare, says }) => {
    await using host = createSetupHome();
    prepare(host);
    const before = host.tree();
    const { code, stderr } = await host.run(...QUIET);
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain('bug in dsync');
    expect(code).toBe(1);
    expect(host.tree()).toEqual(before);
  });

  test.runIf(process.getuid?.() === 0)("another user's home is left alone", async () => {
    await using host = createSetupHome();
    chownSync(host.home, 65534, 65534);
    const { code, stderr } = await host.run(...QUIET);
    expect(stderr).toMatch(/belongs to another user\. Nothing was changed\.\n {2}Run it as the user/);
    expect(code).toBe(1);
    expect(Object.keys(host.tree())).toEqual([]);
  });

  test('an unknown shell: said, and the rest is done; named outright: wrong usage', async () => {
    await using host = createSetupHome({ shell: '/usr/bin/tcsh' });
    const { steps } = await host.setup(...QUIET);
    expect(steps.flatMap(({ notes }) => notes)).toContainEqual(
      expect.stringContaining('there is none for /usr/bin/tcsh'),
    );
    expect(existsSync(host.path('.local/bin/dsync'))).toBe(true);
    expect((await host.run('--shell', 'tcsh')).code).toBe(2);
  });

  test('what cannot be is refused before the first change', async () => {
    await using host = createSetupHome();
    writeFileSync(host.path('file'), '');
    const before = host.tree();
    const says = {
      '--host=a b': /“a b” cannot be a host's name\. Nothing was changed\./,
      '--root=/': /\/ cannot be a root: it is \/\. Nothing was changed\./,
      [`--root=${host.home}`]: /cannot be a root: it is your home\. Nothing was changed\./,
      [`--root=${host.path('file')}`]: /file cannot be a root: it is not a folder\. Nothing was changed\./,
      '--service=systemd': /systemd does not work for this user here\. Nothing was changed\.\n {2}.*--service none/,
      '--service=cron': /cron does not work for this user here\. Nothing was changed\./,
    };
    for (const [option, expected] of Object.entries(says)) {
      const { code, stderr } = await host.run('--yes', '--no-start', '--service', 'none', option);
      expect(stderr).toMatch(expected);
      expect(code).toBe(1);
    }
    expect(host.tree()).toEqual(before);
  });

  test('where a change fails, those before it are taken back', async () => {
    await using host = createSetupHome();
    writeFileSync(host.path('.bashrc'), 'x\n');
    for (const name of ['systemd', 'broken']) writeFileSync(host.state(name), '');
    const before = host.tree();
    const { code, stderr } = await host.run('--yes', '--no-start');
    expect(stderr).toMatch(/taken back: add one line to ~\/\.bashrc\n/);
    expect(stderr).toMatch(/dsync: systemctl --user enable dsync\.service: Failed to enable unit/);
    expect(code).toBe(1);
    expect(host.tree()).toEqual(before);
  });

  test('says which programs are missing and how to get them; without a package manager as well', async () => {
    await using host = createSetupHome();
    mkdirSync(host.path('tools'));
    for (const name of ['ssh', 'git', 'apt-get'])
      writeFileSync(host.path(`tools/${name}`), `#!/bin/sh\necho "$*" >>'${host.state('apt')}'\n`, { mode: 0o755 });
    const env = { ...host.env, PATH: host.path('tools') };
    const setup = (...args: string[]): string =>
      execFileSync(process.execPath, [join(DIST, 'dsync.js'), 'setup', ...QUIET, ...args], {
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    const notes = (...args: string[]): string => setup('--dry-run', '--json', ...args);
    expect(notes()).toMatch(
      /rsync is missing: it moves large files[\s\S]+install with: (sudo )?apt-get install -y .*rsync tmux/,
    );
    if (process.getuid?.() === 0) {
      setup('--install-missing');
      expect(readFileSync(host.state('apt'), 'utf8')).toMatch(/^install -y --no-install-recommends rsync tmux\n$/);
    }
    rmSync(host.path('tools/apt-get'));
    expect(notes()).toMatch(/no package manager known here/);
  });
});

describe('the service', () => {
  test('a systemd user unit that starts the agent, enabled, lingering; once', async () => {
    await using host = createSetupHome();
    writeFileSync(host.state('systemd'), '');
    const { steps } = await host.setup('--yes');
    expect(steps.find(({ name }) => name === 'agent')?.changes).toEqual([
      { what: 'wait until the agent answers', done: true },
    ]);
    for (const name of ['enabled', 'active', 'linger']) expect(existsSync(host.state(name)), name).toBe(true);
    verifyUnit(host.path('.config/systemd/user/dsync.service'), host.path('run'));
    expect((await host.setup('--yes')).changed).toBe(0);
    await host.setup('--uninstall', '--yes');
    expect(readFileSync(host.state('systemctl'), 'utf8')).toMatch(
      /disable --now dsync\.service\n--user daemon-reload\n$/,
    );
    expect(existsSync(host.path('.config/systemd'))).toBe(false);
  });

  test('a unit of that name that somebody else wrote is left alone', async () => {
    await using host = createSetupHome();
    writeFileSync(host.state('systemd'), '');
    const unit = host.path('.config/systemd/user/dsync.service');
    mkdirSync(join(unit, '..'), { recursive: true });
    writeFileSync(unit, '[Service]\nExecStart=/bin/true\n');
    const before = host.tree();
    const { code, stderr } = await host.run('--yes', '--no-start');
    expect(stderr).toMatch(/dsync\.service is there already, and is not dsync's\. Nothing was changed\./);
    expect(code).toBe(1);
    expect((await host.setup('--uninstall', '--yes')).changed).toBe(0);
    expect(host.tree()).toEqual(before);
  });

  test('an agent that runs already is handed over to the service', async () => {
    await using host = createSetupHome();
    await host.setup('--yes', '--service', 'none');
    writeFileSync(host.state('systemd'), '');
    const { steps } = await host.setup('--yes');
    const what = steps.flatMap(({ changes }) => changes.map((change) => change.what));
    expect(what.indexOf('stop the agent')).toBeGreaterThan(0);
    expect(what.indexOf('start it: systemctl --user start dsync.service')).toBe(what.indexOf('stop the agent') + 1);
    expect((await host.setup('--yes')).changed).toBe(0);
  });

  test('a unit for a place with odd characters is one that systemd takes', async () => {
    await using host = createSetupHome({ env: { DSYNC_HOME: '/tmp/100% odd "$HOME" \\ place' } });
    writeFileSync(host.state('systemd'), '');
    await host.setup('--yes', '--no-start', '--dry-run');
    const { systemdUnit } = await import('../agent/setup/service-files.ts');
    const path = host.path('dsync.service');
    writeFileSync(
      path,
      systemdUnit({ command: ['/bin/echo', '/a b/100%/$x/"q"'], env: { DSYNC_HOME: '/tmp/100% "q" $x' } }),
    );
    verifyUnit(path, host.path('run'));
  });

  test('one @reboot line of the crontab where there is no systemd; the other lines stay', async () => {
    await using host = createSetupHome();
    writeFileSync(host.state('cron'), '');
    writeFileSync(host.state('crontab'), '# mine\n0 * * * * true\n');
    await host.setup('--yes', '--no-start');
    const table = readFileSync(host.state('crontab'), 'utf8');
    expect(table).toMatch(
      /^# mine\n0 \* \* \* \* true\n@reboot \S+ \S+dist\/dsync\.js start >\/dev\/null 2>&1 # dsync setup\n$/,
    );
    expect((await host.setup('--yes', '--no-start')).changed).toBe(0);
    await host.setup('--uninstall', '--yes');
    expect(readFileSync(host.state('crontab'), 'utf8')).toBe('# mine\n0 * * * * true\n');
  });
});

describe("the user's ssh", () => {
  test('a key is made where there is none, and stays; connections are shared by a file of its own', async () => {
    await using host = createSetupHome();
    mkdirSync(host.path('.ssh'), { mode: 0o700 });
    writeFileSync(host.path('.ssh/config'), 'Host box\n  User me\n', { mode: 0o600 });
    const sharing = ['--ssh-key', '--ssh-sharing', ...QUIET];
    await using other = createSetupHome();
    expect((await other.run(...sharing)).stderr).toMatch(/There is no host to share connections to/);

    mkdirSync(host.path('.config/dsync'), { recursive: true });
    const record = { name: 'box', destination: 'me@box:2222', bridgeCommand: 'x' };
    writeFileSync(host.path('.config/dsync/hosts.json'), JSON.stringify({ hosts: [record] }));
    await host.setup(...sharing);
    expect(execFileSync('ssh-keygen', ['-lf', host.path('.ssh/id_ed25519.pub')], { encoding: 'utf8' })).toContain(
      'ED25519',
    );
    expect(host.tree()['.ssh/config']).toBe('600 Include ~/.ssh/dsync.conf\nHost box\n  User me\n');
    const effective = execFileSync('ssh', ['-T', '-G', '-F', host.path('.ssh/dsync.conf'), 'box'], {
      encoding: 'utf8',
    });
    expect(effective).toMatch(/^controlmaster auto$/m);
    expect((await host.setup(...sharing)).changed).toBe(0);
    await host.setup('--uninstall', '--yes');
    expect(host.tree()['.ssh/config']).toBe('600 Host box\n  User me\n');
    expect(existsSync(host.path('.ssh/dsync.conf'))).toBe(false);
    expect(existsSync(host.path('.ssh/id_ed25519'))).toBe(true);
  });
});

/** By systemd itself, where this system has it. */
function verifyUnit(path: string, runtime: string): void {
  if (!existsSync('/usr/bin/systemd-analyze')) return;
  mkdirSync(runtime, { recursive: true });
  chmodSync(runtime, 0o700);
  const env = { ...process.env, XDG_RUNTIME_DIR: runtime };
  // It complains on stderr, and ends with 0 for much of that.
  const output = execFileSync('sh', ['-c', 'systemd-analyze --user verify "$1" 2>&1', 'sh', path], {
    env,
    encoding: 'utf8',
  });
  expect(output.split('\n').filter((line) => line.includes('dsync'))).toEqual([]);
}
