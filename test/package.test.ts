/** The package as users get it: packed, installed by npm into a folder of its own, and run from there. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runDsync } from './harness/command.ts';
import { createScratch } from './harness/scratch.ts';
import { createSetupHome } from './harness/setup-home.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COMPILERS = /^(cc|c\+\+|c[89]9|gcc|g\+\+|clang|make|gmake|cmake|python|cpp|ld|as)([-.\d]|$)|-(gcc|g\+\+)(-\d+)?$/;
/**
 * Of Node.js. Others than this process's are large to fetch, so they are named where they are wanted:
 * DSYNC_TEST_NODES=20,22,24
 */
const MAJORS = (process.env.DSYNC_TEST_NODES ?? process.versions.node)
  .split(',')
  .map((text) => Number.parseInt(text, 10));

const scratch = createScratch('package');
const tools = join(scratch.path, 'tools');
const prefix = join(scratch.path, 'prefix');
const home = join(scratch.path, 'home');
const INSTALL_MS = 150_000;
const npmSetting = (name: string): string => execFileSync('npm', ['config', 'get', name], { encoding: 'utf8' }).trim();
/** A machine without any compiler: the registry and the way there are the user's own, all else is not. */
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => /_proxy$|^NODE_EXTRA_CA_CERTS$/i.test(name))),
  PATH: tools,
  HOME: home,
  npm_config_userconfig: process.env.npm_config_userconfig ?? join(homedir(), '.npmrc'),
  npm_config_globalconfig: npmSetting('globalconfig'),
  npm_config_cache: npmSetting('cache'),
  npm_config_prefer_offline: 'true',
  npm_config_update_notifier: 'false',
};
const npm = (...args: string[]): string =>
  execFileSync(join(tools, 'npm'), [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    env,
    cwd: scratch.path,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: INSTALL_MS,
  });

beforeAll(() => {
  for (const folder of [tools, home]) mkdirSync(folder);
  for (const folder of (process.env.PATH ?? '').split(':').filter((one) => existsSync(one))) {
    for (const name of readdirSync(folder)) {
      if (!COMPILERS.test(name) && !existsSync(join(tools, name))) symlink(join(folder, name), join(tools, name));
    }
  }
  // dist/ was built for these tests; building it anew would pull it away under the others.
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch.path], {
      cwd: ROOT,
      encoding: 'utf8',
    }),
  );
  npm('install', '--global', '--prefix', prefix, join(scratch.path, packed.filename));
}, 180_000);
afterAll(() => scratch[Symbol.dispose]());

test('installs without a compiler, with its commands on the PATH and nothing that only developers need', () => {
  expect(readdirSync(tools).filter((name) => /^(cc|gcc|make|python3?)$/.test(name))).toEqual([]);
  expect(readdirSync(join(prefix, 'bin')).sort()).toEqual(expect.arrayContaining(['dlaunch', 'dsync']));
  const files = readdirSync(join(prefix, 'lib/node_modules/dsync'));
  for (const name of ['aliases.sh', 'aliases.fish', 'paths.txt', 'dist']) expect(files).toContain(name);
  for (const name of ['agent', 'test', 'scripts', 'bench']) expect(files).not.toContain(name);
});

test.each(MAJORS)(
  'Node.js %i: set up, an agent with a root, and all taken back',
  { timeout: 300_000 },
  async (major) => {
    const node = nodeOf(major);
    await using host = createSetupHome({ env: { PATH: `${join(prefix, 'bin')}:${tools}` } });
    const dsync = join(prefix, 'lib/node_modules/dsync/dist/dsync.js');
    const run = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await runDsync(args, { env: host.env, program: dsync, node });
      expect({ args, code, stderr }).toMatchObject({ code: 0 });
      return stdout;
    };
    mkdirSync(host.path('code'));
    writeFileSync(host.path('code/x'), '1');
    await run('setup', '--yes', '--service', 'none', '--root', host.path('code'));
    await run('sync');
    const status = JSON.parse(await run('status', '--json'));
    expect(status).toMatchObject({ roots: [{ files: 1, problems: [] }] });
    expect(execFileSync(node, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }).trim()).toBe(
      `${major}`,
    );
    const exe = realpathSync(`/proc/${status.pid}/exe`);
    expect(exe).toBe(realpathSync(node));
    await run('setup', '--uninstall', '--purge', '--yes');
    expect(Object.keys(host.tree())).toEqual(['code', 'code/x']);
  },
);

/** This one, or one that the registry has. */
function nodeOf(major: number): string {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const folder = join(scratch.path, `node-${major}`);
  npm('install', '--prefix', folder, `node-${process.platform}-${process.arch}@${major}`);
  return join(folder, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
}

function symlink(target: string, path: string): void {
  try {
    symlinkSync(realpathSync(target), path);
  } catch {
    // A link to nothing.
  }
}
