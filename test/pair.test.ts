/**
 * Two hosts without sshd, paired as two people would do it.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { DSYNC } from './harness/command.ts';
import { until } from './harness/eventually.ts';
import { createHost, type TestHost } from './harness/host.ts';
import { startProxy, type TcpProxy } from './harness/proxy.ts';
import { createScratch } from './harness/scratch.ts';

const CODE = /^code (\d{3} \d{3})$/m;
const BY_HAND_MS = 90_000;

let hosts: Hosts;
beforeAll(async () => {
  hosts = await startHosts();
});
afterAll(() => hosts[Symbol.asyncDispose]());
beforeEach(({ onTestFailed }) => onTestFailed(() => console.error(`${hosts.one.logTail()}\n${hosts.two.logTail()}`)));

test(
  'nobody is paired where one side says no, hangs up, or nobody waits',
  async () => {
    const { one, two, port } = hosts;
    const refused = await two.run('pair', `127.0.0.1:${port}`);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('refused, nothing listens there') });

    const [here, there] = await meet(hosts, ['yes', 'no']);
    expect([here.code, there.code]).toEqual([1, 1]);
    expect(here.output).toContain('The codes were not confirmed on two');
    for (const host of [one, two]) {
      expect(JSON.parse(await host.dsync('pair', 'ls', '--json'))).toMatchObject({ hosts: [] });
    }
    // The port is open for those that are paired; a stranger who comes while nobody waits is not let in.
    const stranger = await two.run('pair', `127.0.0.1:${port}`);
    expect(stranger).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Nobody waits for a host to be paired'),
    });

    const busy = await one.run('pair', '--listen', '192.0.2.1:7922');
    expect(busy).toMatchObject({ code: 1, stderr: expect.stringContaining('Could not listen at 192.0.2.1:7922') });
    expect(JSON.parse(await one.dsync('pair', 'ls', '--json'))).toMatchObject({ listening: `127.0.0.1:${port}` });
  },
  BY_HAND_MS,
);

test(
  'hosts are paired by a code on both sides; the link outlives both agents, and ends with the key',
  async () => {
    const { one, two, port } = hosts;
    const [here, there] = await meet(hosts, ['yes', 'yes']);
    expect([here.code, there.code]).toEqual([0, 0]);
    expect(here.shown).toMatch(/^\d{3} \d{3}$/);
    expect(there.shown).toBe(here.shown);
    expect(JSON.parse(await one.dsync('pair', 'ls', '--json'))).toMatchObject({
      listening: `127.0.0.1:${port}`,
      hosts: [{ name: 'two', address: null, revoked: false }],
    });

    await two.dsync('root', 'add', two.root, '--host', `one:${one.root}`);
    writeFileSync(two.path('a.txt'), 'a');
    await reads(one, 'a.txt', 'a');
    for (const [host, other] of [
      [two, 'one'],
      [one, 'two'],
    ] as const)
      await until('bulk goes by stripes', async () => (await hostOf(host, other)).stripes === 4);
    const large = randomBytes(8 << 20);
    writeFileSync(two.path('large'), large);
    await two.synced();
    expect(readFileSync(one.path('large')).equals(large)).toBe(true);

    // It has no shell there, so it may not say what runs there.
    const told = join(one.env.HOME ?? '', '.config/told');
    mkdirSync(two.path('../told'));
    await two.dsync('root', 'add', two.path('../told'), '--host', `one:${told}`);
    await until('it is refused, and how it could be done is said', async () => {
      const { roots } = await two.status();
      const cure = roots.flatMap(({ peers }) => peers).find(({ state }) => state === 'refused')?.reason ?? '';
      return cure.includes(`may not put a root at ${told}`);
    });
    expect(existsSync(told)).toBe(false);
    await two.dsync('root', 'rm', two.path('../told'));

    // The one that listens is gone and comes back, then the one that dials.
    await one.kill();
    writeFileSync(two.path('b.txt'), 'b');
    await one.dsync('start');
    await reads(one, 'b.txt', 'b');
    await two.kill();
    await two.dsync('start');
    writeFileSync(one.path('c.txt'), 'c');
    await reads(two, 'c.txt', 'c');

    await one.dsync('pair', 'revoke', 'two');
    expect((await hostOf(one, 'two')).state).not.toBe('connected');
    await until('the other side is told why', async () => (await hostOf(two, 'one')).error?.code === 'SSH_AUTH');
    writeFileSync(two.path('d.txt'), 'd');
    await two.dsync('sync', '--no-wait');
    // It had come with the next breath: the link was cut before the command returned.
    expect(existsSync(one.path('d.txt'))).toBe(false);

    const again = await meet(hosts, ['yes', 'yes']);
    expect(again.map(({ code }) => code)).toEqual([0, 0]);
    await reads(one, 'd.txt', 'd');
  },
  BY_HAND_MS,
);

interface Hosts extends AsyncDisposable {
  readonly one: TestHost;
  readonly two: TestHost;
  readonly port: number;
  /** Where `two` comes in: `one` is not quite near. */
  readonly way: TcpProxy;
}

async function startHosts(): Promise<Hosts> {
  const scratch = createScratch('pair');
  const start = (name: string): TestHost => {
    const host = createHost({ name, folder: scratch.path, env: process.env });
    const config = join(host.home, 'config');
    mkdirSync(config, { mode: 0o700 });
    writeFileSync(join(config, 'settings.json'), JSON.stringify({ hostName: name }));
    return host;
  };
  const [one, two] = [start('one'), start('two')];
  const port = await freePort();
  const way = await startProxy({ targetPort: port, rttMs: 10 });
  return {
    one,
    two,
    port,
    way,
    async [Symbol.asyncDispose]() {
      await two.close();
      await one.close();
      await way[Symbol.asyncDispose]();
      scratch[Symbol.dispose]();
    },
  };
}

interface Met {
  readonly code: number | null;
  readonly shown: string;
  readonly output: string;
}

/** `one` listens, `two` dials; each answers once it has shown its code. */
async function meet({ one, two, port, way }: Hosts, answers: readonly [string, string]): Promise<[Met, Met]> {
  const here = talk(one, ['pair', '--listen', `127.0.0.1:${port}`]);
  try {
    await until('it listens', () => here.output().includes('Listening at'));
    const there = talk(two, ['pair', `127.0.0.1:${way.port}`]);
    try {
      for (const side of [here, there]) await until('the code is shown', () => CODE.test(side.output()));
      here.child.stdin?.write(`${answers[0]}\n`);
      there.child.stdin?.write(`${answers[1]}\n`);
      return [await here.ended, await there.ended];
    } finally {
      there.child.kill();
    }
  } finally {
    here.child.kill();
  }
}

function talk(host: TestHost, args: readonly string[]) {
  const child: ChildProcess = spawn(process.execPath, [DSYNC, ...args], { env: host.env, cwd: '/', stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  child.stdin?.on('error', () => undefined);
  const ended = new Promise<Met>((resolve) => {
    child.once('close', (code) => resolve({ code, shown: CODE.exec(output)?.[1] ?? '', output }));
  });
  return { child, output: () => output, ended };
}

async function reads(host: TestHost, path: string, content: string): Promise<void> {
  await until(`${host.name} has ${path}`, () => {
    const at = host.path(path);
    return existsSync(at) && readFileSync(at, 'utf8') === content;
  });
}

async function hostOf(host: TestHost, name: string) {
  const { hosts } = await host.status();
  return z
    .looseObject({ state: z.string(), error: z.looseObject({ code: z.string() }).optional() })
    .parse(hosts.find((one) => one.name === name));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
