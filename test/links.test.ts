import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { testPair } from './harness/e2e.ts';
import { eventually, until } from './harness/eventually.ts';
import type { Pair } from './harness/pair.ts';
import { processesOf } from './harness/processes.ts';
import { readTree, writeTree } from './harness/tree.ts';

const KNOWN_DEAD_MS = 15_000;

function linkedOn(pair: Pair, expected: 'connected' | 'not connected'): Promise<void> {
  return until(
    `the link is ${expected}`,
    async () => ((await pair.a.status()).hosts[0]?.state === 'connected') === (expected === 'connected'),
    { timeoutMs: KNOWN_DEAD_MS },
  );
}

test.each([
  ['straight to the agent’s socket, with no process of its own there', '', 1],
  ['by a bridge, where the server forbids that', 'AllowStreamLocalForwarding no', 2],
])('a link runs %s, the first time and after a cut', async (_, sshdConfig, processes) => {
  await using pair = await testPair({ files: { a: { f: '1' } }, sshdConfig });
  const runningOnB = (): Promise<void> =>
    until(`${processes} run on B`, () => processesOf(pair.b.home).length === processes);
  await pair.inSync();
  await runningOnB();
  pair.proxy.reset();
  await linkedOn(pair, 'connected');
  writeTree(pair.b.root, { g: '2' });
  await pair.holds({ f: '1', g: '2' });
  await runningOnB();
});

test('on a long way bulk goes by stripes, both ways, and a cut loses nothing', async () => {
  await using pair = await testPair({ rttMs: 20 });
  const byStripes = (): Promise<void> =>
    until('bulk goes by stripes', async () => {
      const hosts = await Promise.all([pair.a, pair.b].map(async (host) => (await host.status()).hosts[0]));
      return hosts.every((host) => host?.stripes === 4);
    });
  await byStripes();
  const file = (n: number): Buffer => randomBytes(n % 25 === 0 ? 4 << 20 : 8 << 10);
  const fill = (of: 'a' | 'b'): void => {
    for (let n = 0; n < 100; n++) writeTree(pair[of].root, { [`${of}${n % 10}/f${n}`]: file(n) });
  };
  fill('a');
  fill('b');
  await until('some are there', () => readTree(pair.b.root).size > 30 && readTree(pair.a.root).size > 30);
  pair.proxy.reset();
  await byStripes();
  await pair.inSync();
  expect(readTree(pair.b.root).size).toBe(220);
});

test('an agent that is killed is started again by the next link', async () => {
  await using pair = await testPair({ files: { a: { f: '1' } } });
  await pair.inSync();
  await pair.b.kill();
  writeTree(pair.a.root, { g: '2' });
  await pair.holds({ f: '1', g: '2' });
});

test('a link that is cut comes back by itself, and both sides get what they missed', async () => {
  await using pair = await testPair({ files: { a: { f: '1' } } });
  await pair.inSync();
  pair.proxy.cut();
  await linkedOn(pair, 'not connected');
  expect((await pair.a.status()).roots[0]).toMatchObject({ state: 'offline' });
  writeTree(pair.a.root, { 'from a': 'a', f: '2' });
  writeTree(pair.b.root, { 'from b': 'b' });
  pair.proxy.restore();
  await pair.holds({ f: '2', 'from a': 'a', 'from b': 'b' });
  await pair.inSync();
});

test('a link that is cut again and again loses nothing', async () => {
  await using pair = await testPair();
  const expected: Record<string, string> = {};
  for (let i = 0; i < 10; i++) {
    for (const host of [pair.a, pair.b]) {
      for (let n = 0; n < 20; n++) {
        expected[`${host.name}/${n}`] = `${i}`;
        writeTree(host.root, { [`${host.name}/${n}`]: `${i}` });
      }
    }
    pair.proxy.reset();
    await until('there is a connection again', () => pair.proxy.connections() > 0);
  }
  await pair.holds(expected);
  await pair.inSync();
  expect(JSON.parse(await pair.a.dsync('conflicts', '--json'))).toEqual({ conflicts: [] });
});

test('a link that falls silent is found dead, and comes back', async () => {
  await using pair = await testPair({ files: { a: { f: '1' } } });
  await pair.inSync();
  pair.proxy.blackhole();
  writeTree(pair.a.root, { f: '2' });
  await linkedOn(pair, 'not connected');
  writeTree(pair.b.root, { g: '3' });
  pair.proxy.restore();
  await pair.holds({ f: '2', g: '3' });
  await pair.inSync();
});

test('an sshd that is restarted is found again', async () => {
  await using pair = await testPair({ files: { a: { f: '1' } } });
  await pair.inSync();
  await pair.sshd.kill();
  await linkedOn(pair, 'not connected');
  writeTree(pair.a.root, { f: '2' });
  await pair.sshd.restart();
  await pair.holds({ f: '2' });
  await pair.inSync();
});

test('an agent killed -9 on the other host is started again by the link', async () => {
  await using pair = await testPair({ files: { a: { f: '1' } } });
  await pair.inSync();
  const killed = await pair.b.kill();
  writeTree(pair.b.root, { 'while away': '2' });
  writeTree(pair.a.root, { f: '3' });
  await pair.holds({ f: '3', 'while away': '2' });
  expect(await pair.b.pid()).not.toBe(killed);
  await pair.inSync();
});

test('an agent killed -9 here finds on its return what happened meanwhile', async () => {
  await using pair = await testPair({ files: { a: { f: '1', gone: 'x', 'd/e': 'y' } } });
  await pair.inSync();
  await pair.a.kill();
  writeTree(pair.a.root, { f: '2', new: '3' });
  writeTree(pair.b.root, { 'from b': '4' });
  await pair.a.start();
  await pair.holds({ f: '2', new: '3', gone: 'x', 'd/e': 'y', 'from b': '4' });
  await pair.inSync();
});

test('a large file on its way survives a cut and a kill, and is whole when it is there', async () => {
  await using pair = await testPair({ rttMs: 2 });
  await pair.inSync();
  // So slow that a machine which is busy sees it on its way.
  pair.proxy.setQuality({ bytesPerSecond: 4_000_000 });
  const sentBytes = pair.proxy.bytes().toTarget;
  const content = randomBytes(30_000_000);
  writeTree(pair.a.root, { large: content });
  await until('a part of it was sent', () => pair.proxy.bytes().toTarget - sentBytes > 4_000_000);
  // What was there when the writing had come so far may have gone ahead.
  const there = readTree(pair.b.root).get('large');
  expect(there?.kind === 'file' ? there.sizeBytes : 0).toBeLessThan(content.length);
  pair.proxy.reset();
  await until('it goes on', () => pair.proxy.bytes().toTarget - sentBytes > 8_000_000);
  await pair.b.kill();
  pair.proxy.setQuality({ bytesPerSecond: Infinity });
  await pair.holds({ large: content });
  await pair.inSync();
});

test('two far hosts with a slow link converge', async () => {
  await using pair = await testPair({ rttMs: 120, files: { a: { f: '1' }, b: { g: '2' } } });
  await pair.holds({ f: '1', g: '2' });
  writeTree(pair.b.root, { f: '3' });
  await pair.holds({ f: '3', g: '2' });
  await eventually(async () => {
    expect((await pair.a.status()).hosts[0]?.rttMs).toBeGreaterThan(100);
  });
});
