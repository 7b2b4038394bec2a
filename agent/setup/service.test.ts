import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type AbsPath, absPath, childPath } from '../../platform/abs-path.ts';
import { resolveHome } from '../../platform/home.ts';
import { applyChanges } from './change.ts';
import { openLedger } from './ledger.ts';
import { planService, planServiceRemoval, type Starting } from './service.ts';
import { crontabLine, launchdPlist } from './service-files.ts';

const { signal } = new AbortController();
const ODD = {
  command: ['/a b/<node> & "co"', '/100%/dsync.js'],
  env: { DSYNC_HOME: `/tmp/it's 100% <odd> & "quoted"` },
};

test.runIf(spawnSync('python3', ['-c', 'import plistlib']).status === 0)(
  'a launchd agent for a place with odd characters is read back as it was meant',
  () => {
    const { stdout, stderr } = spawnSync(
      'python3',
      ['-c', 'import json, plistlib, sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))'],
      { input: launchdPlist(ODD), encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      ProgramArguments: [...ODD.command, 'start', '--foreground'],
      EnvironmentVariables: ODD.env,
      RunAtLoad: true,
    });
  },
);

test('cron hands a line with odd characters to the shell as it was meant', () => {
  const line = crontabLine({ command: ['printf', '%s|'], env: ODD.env });
  expect(line).toMatch(/^@reboot .* # dsync setup$/);
  // What cron does itself: it takes the time off, and the backslash before each `%`.
  const script = line.replace('@reboot ', '').replaceAll('\\%', '%').replace('>/dev/null', '');
  expect(spawnSync('sh', ['-c', `${script}`], { encoding: 'utf8' }).stdout).toBe('start|');
  expect(
    spawnSync(
      'sh',
      [
        '-c',
        `${line.split(' printf')[0]?.replace('@reboot ', '').replaceAll('\\%', '%')} sh -c 'printf %s "$DSYNC_HOME"'`,
      ],
      { encoding: 'utf8' },
    ).stdout,
  ).toBe(ODD.env.DSYNC_HOME);
});

test('a launchd agent is written and started once, and taken back', async () => {
  const { context, path, calls } = macOs();
  const setup = () =>
    planService('launchd', {
      ...context,
      place: { folder: path('dist'), programs: [], command: ['/usr/bin/node', '/dist/dsync.js'] },
    });
  const plist = path('Library/LaunchAgents/dev.dsync.agent.plist');
  await apply((await setup()).changes);
  expect(readFileSync(plist, 'utf8')).toContain('<string>/dist/dsync.js</string>');
  const target = `gui/${process.getuid?.()}`;
  expect(calls()).toContain(`bootstrap ${target} ${plist}`);
  expect((await setup()).changes).toEqual([]);
  await apply((await planServiceRemoval(context)).changes);
  expect(calls().at(-1)).toBe(`bootout ${target}/dev.dsync.agent`);
  expect(existsSync(plist)).toBe(false);
});

test('launchd elsewhere than on macOS: said before anything is changed', async () => {
  const { context, path } = macOs();
  const place = { folder: path('dist'), programs: [], command: ['x'] };
  await expect(planService('launchd', { ...context, platform: 'linux', place })).rejects.toMatchObject({
    code: 'UNSUPPORTED',
  });
});

async function apply(changes: Parameters<typeof applyChanges>[0]): Promise<void> {
  await applyChanges(changes, { onDone: () => undefined, onTakenBack: () => undefined, signal });
}

/** A home and a stand-in for launchctl, which writes down what it is asked. */
function macOs(): {
  readonly context: Starting;
  readonly path: (below: string) => AbsPath;
  readonly calls: () => string[];
} {
  const base = absPath(mkdtempSync(join(tmpdir(), 'dsync-service-')));
  const path = (below: string): AbsPath => childPath(base, below);
  mkdirSync(path('bin'));
  const log = path('calls');
  writeFileSync(
    path('bin/launchctl'),
    `#!/bin/sh
echo "$*" >>'${log}'
case "$1" in
  print) [ -e '${base}/loaded' ] ;;
  bootstrap) : >'${base}/loaded' ;;
  bootout) rm '${base}/loaded' ;;
esac
`,
  );
  // The crontab of whoever runs the tests stays out of it.
  writeFileSync(path('bin/crontab'), '#!/bin/sh\nexit 127\n');
  for (const name of ['launchctl', 'crontab']) chmodSync(path(`bin/${name}`), 0o755);
  const { PATH } = process.env;
  process.env.PATH = `${base}/bin:${PATH}`;
  onTestFinished(() => {
    process.env.PATH = PATH;
    rmSync(base, { recursive: true });
  });
  const ledger = openLedger(resolveHome({ DSYNC_HOME: path('dsync') }));
  return {
    context: { ledger, userHome: base, env: {}, platform: 'darwin', signal, start: true },
    path,
    calls: () => readFileSync(log, 'utf8').trimEnd().split('\n'),
  };
}
