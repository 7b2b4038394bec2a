import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLocalSession } from './local-session.ts';
import { parseFacts, probeHost } from './probe.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'dsync-probe-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const probe = (env: Record<string, string> = {}) =>
  probeHost(createLocalSession({ env: { HOME: home, PATH: `${home}/bin:/usr/bin:/bin`, ...env } }));

/** A program that answers as Node.js of that version would. */
function putNode(path: string, version: string): string {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isRecent = major > 20 || (major === 20 && minor >= 19);
  writeFileSync(join(home, path), `#!/bin/sh\n${isRecent ? `printf '%s\\t${version}\\tx64\\n' "$3"` : 'exit 1'}\n`);
  chmodSync(join(home, path), 0o755);
  return join(home, path);
}

test('probeHost() tells what this host is like', async () => {
  const facts = await probe();
  expect(facts).toMatchObject({ os: process.platform, home, lib: `${home}/.local/share/dsync`, versions: [] });
  expect(facts.git).toMatch(/^\d+\.\d+/);
  expect(facts.freeBytes).toBeGreaterThan(0);
  expect(facts.current).toBeUndefined();
});

test('probeHost() finds the real Node.js on the PATH', async () => {
  const { node, arch } = await probe({ PATH: `${dirname(process.execPath)}:/usr/bin:/bin` });
  expect({ version: node?.version, arch }).toEqual({ version: process.versions.node, arch: process.arch });
});

test('probeHost() looks behind a shim', async () => {
  mkdirSync(join(home, 'bin'));
  writeFileSync(join(home, 'bin/node'), `#!/bin/sh\nexec ${process.execPath} "$@"\n`, { mode: 0o755 });
  expect((await probe()).node).toEqual({ path: process.execPath, version: process.versions.node });
});

describe('probeHost() finds a Node.js that start-up files would have put on the PATH', () => {
  test.each([
    '.nvm/versions/node/v22.3.0/bin/node',
    '.local/share/fnm/node-versions/v22.3.0/installation/bin/node',
    '.volta/tools/image/node/22.3.0/bin/node',
    '.asdf/installs/nodejs/22.3.0/bin/node',
    '.local/share/mise/installs/node/22.3.0/bin/node',
    '.nodenv/versions/22.3.0/bin/node',
    'Library/Application Support/fnm/node-versions/v22.3.0/installation/bin/node',
    '.local/share/dsync/node/22.3.0/node',
  ])('%s', async (path) => {
    const node = putNode(path, '22.3.0');
    putNode('bin/node', '18.20.0');
    expect((await probe()).node).toEqual({ path: node, version: '22.3.0' });
  });

  test('the newest of several, by number', async () => {
    putNode('.nvm/versions/node/v9.11.2/bin/node', '9.11.2');
    putNode('.nvm/versions/node/v20.18.0/bin/node', '20.18.0');
    putNode('.nvm/versions/node/v20.19.10/bin/node', '20.19.10');
    const newest = putNode('.nvm/versions/node/v22.10.0/bin/node', '22.10.0');
    putNode('.nvm/versions/node/v22.9.0/bin/node', '22.9.0');
    putNode('bin/node', '18.20.0');
    expect((await probe()).node?.path).toBe(newest);
  });
});

test('probeHost() takes DSYNC_HOME and XDG folders as platform/home.ts does', async () => {
  expect((await probe({ DSYNC_HOME: '~/own' })).lib).toBe(`${home}/own/lib`);
  expect((await probe({ DSYNC_HOME: `${home}//own/` })).lib).toBe(`${home}/own/lib`);
  expect((await probe({ XDG_DATA_HOME: `${home}/data` })).lib).toBe(`${home}/data/dsync`);
});

test('probeHost() tells which versions are there', async () => {
  const lib = join(home, '.local/share/dsync');
  mkdirSync(join(lib, 'versions/0123456789abcdef'), { recursive: true });
  mkdirSync(join(lib, 'versions/0123456789abcdee.tmp-1'));
  symlinkSync('versions/0123456789abcdef', join(lib, 'current'));
  writeFileSync(join(lib, 'dsync'), '#!/bin/sh\n# node: /opt/my node\n');
  expect(await probe()).toMatchObject({
    current: '0123456789abcdef',
    versions: ['0123456789abcdef'],
    launcherNode: '/opt/my node',
  });
});

test('parseFacts() takes the architecture of Node.js before that of the kernel', () => {
  const { os, arch, libc } = parseFacts(
    'os=Darwin\narch=arm64\nlibc=none\nhome=/Users/a\nnode=/usr/local/bin/node\t22.1.0\tx64\n',
  );
  expect({ os, arch, libc }).toEqual({ os: 'darwin', arch: 'x64', libc: 'none' });
});

test.each([
  'os=FreeBSD\narch=amd64\nlibc=none\nhome=/home/a',
  'os=Linux\narch=riscv64\nlibc=glibc\nhome=/home/a',
  'nonsense',
  '',
])('parseFacts() refuses %j', (text) =>
  expect(() => parseFacts(text)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' })),
);

test('parseFacts() reads the versions that programs tell', () => {
  const lines = [
    'os=Linux',
    'arch=aarch64',
    'libc=musl',
    'home=/root',
    'rsync=rsync  version 3.2.7  protocol version 31',
  ];
  const facts = parseFacts(
    [...lines, 'tmux=tmux 3.3a', 'git=git version 2.39.5 (Apple Git-154)', 'freeKib=nonsense'].join('\n'),
  );
  expect(facts).toMatchObject({ arch: 'arm64', rsync: '3.2.7', tmux: '3.3a', git: '2.39.5', freeBytes: undefined });
  expect(facts).toMatchObject({ lib: '/root/.local/share/dsync', node: undefined });
});
