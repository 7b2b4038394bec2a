import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testPair } from './harness/e2e.ts';
import { until } from './harness/eventually.ts';
import type { TestHost } from './harness/host.ts';
import type { Pair } from './harness/pair.ts';
import { keygen, publicLine } from './sshd.ts';

/** The files that hold what the user set up, as text. */
function setUp({ home }: TestHost): Record<string, string> {
  const config = join(home, 'config');
  if (!statSync(config, { throwIfNoEntry: false })) return {};
  return Object.fromEntries(
    readdirSync(config).flatMap((name) => {
      const path = join(config, name);
      return statSync(path).isFile() && !name.endsWith('.lock') ? [[name, readFileSync(path, 'utf8')]] : [];
    }),
  );
}

/** One message on stderr with a cure, no stack, nothing on stdout, and nothing changed. */
async function expectRefused(host: TestHost, args: readonly string[], message: RegExp): Promise<void> {
  const before = setUp(host);
  const { code, stdout, stderr } = await host.run(...args);
  expect({ code: code === 0 ? 'done' : 'refused', stderr }).toEqual({
    code: 'refused',
    stderr: expect.stringMatching(message),
  });
  expect(stdout).toBe('');
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stderr).not.toContain('This is a bug');
  expect(stderr.trim().split('\n').length).toBeGreaterThanOrEqual(2);
  expect(setUp(host)).toEqual(before);
}

async function unlinked(): Promise<Pair> {
  return testPair({ linked: false });
}

test('folders that cannot be a root are refused with the reason', async () => {
  await using pair = await unlinked();
  const { a } = pair;
  const elsewhere = join(pair.folder, 'elsewhere');
  mkdirSync(join(elsewhere, 'inside'), { recursive: true });
  writeFileSync(join(pair.folder, 'a file'), '');
  await a.dsync('root', 'add', elsewhere);
  for (const [path, reason] of [
    ['/', /cannot be a root: it is \//],
    [join(pair.folder, 'a', 'user'), /it is your home/],
    [pair.folder, /holds/],
    [join(elsewhere, 'inside'), /inside the root/],
    [elsewhere, /is a root already/],
    [join(pair.folder, 'missing'), /no such folder/],
    [join(pair.folder, 'a file'), /not a folder/],
    [a.home, /dsync's own/],
  ] as const) {
    await expectRefused(a, ['root', 'add', path], reason);
  }
  expect(readdirSync(join(elsewhere, 'inside'))).toEqual([]);
});

test('a host that is not known or cannot be reached', async () => {
  await using pair = await unlinked();
  await expectRefused(pair.a, ['root', 'add', pair.a.root, '--host', 'nobody'], /no host called nobody/);
  await expectRefused(pair.a, ['host', 'rm', 'nobody'], /nobody/);
  pair.proxy.cut();
  await expectRefused(pair.a, ['host', 'add', 'B', '--accept-new'], /B|127\.0\.0\.1/);
});

test('a key that the host does not accept', async () => {
  await using pair = await unlinked();
  keygen(join(pair.folder, 'other'));
  writeFileSync(pair.sshd.authorizedKeysPath, `${publicLine(join(pair.folder, 'other.pub'))}\n`);
  await expectRefused(pair.a, ['host', 'add', 'B', '--accept-new'], /key|log in|auth/i);
});

test('a host key that changed is refused, also with --accept-new', async () => {
  await using pair = await unlinked();
  keygen(join(pair.folder, 'other'));
  const strange = publicLine(join(pair.folder, 'other.pub'));
  writeFileSync(pair.sshd.knownHostsPath, `[127.0.0.1]:${pair.proxy.port} ${strange}\n`);
  await expectRefused(pair.a, ['host', 'add', 'B', '--accept-new'], /key/i);
});

test('a line of paths.txt that cannot be read: the others go on, and it is named', async () => {
  await using pair = await testPair({ files: { a: { f: '1' } } });
  await pair.inSync();
  const paths = join(pair.a.home, 'config', 'paths.txt');
  writeFileSync(paths, `${readFileSync(paths, 'utf8')}what/is this\n`);
  const mended = readFileSync(paths, 'utf8');
  await pair.a.kill();
  await pair.a.start();
  writeFileSync(pair.a.path('f'), '2');
  await pair.holds({ f: '2' });
  await until('the line is named', async () => {
    const { stdout, stderr } = await pair.a.run('root', 'ls');
    return /what\/is/.test(stdout + stderr) || /paths\.txt/.test(pair.a.logTail());
  });
  expect(readFileSync(paths, 'utf8')).toBe(mended);
});

test('wrong usage says how it is used, and ends with 2', async () => {
  await using pair = await unlinked();
  for (const args of [['no-such-command'], ['wait', '--timeout', 'soon'], ['resolve', '/x'], ['root', 'add']]) {
    const { code, stderr } = await pair.a.run(...args);
    expect({ args, code }).toEqual({ args, code: 2 });
    expect(stderr).toContain('error:');
  }
});

test('commands that need an agent say how to start one', async () => {
  await using pair = await unlinked();
  for (const command of ['wait', 'sync', 'verify', 'conflicts']) {
    await expectRefused(pair.a, [command], /not running[\s\S]*dsync start/);
  }
});
