import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import type { RootStatus, Transfer } from '../agent/control/api.ts';
import { DSYNC } from './harness/command.ts';
import { testPair } from './harness/e2e.ts';
import { eventually } from './harness/eventually.ts';
import type { TestHost } from './harness/host.ts';

/** A machine that is busy with something else looks seldom. */
const PATIENT = { timeout: 180_000 };
const LONG = { timeoutMs: 90_000 };
const BIG_BYTES = 64 << 20;
/** So slow that the transfer lasts until it was seen. */
const SLOW = { bytesPerSecond: 1 << 20 };
const SLOWER = { bytesPerSecond: 256 << 10 };
const FAST = { bytesPerSecond: Number.POSITIVE_INFINITY };

async function peerOf(host: TestHost): Promise<RootStatus['peers'][number]> {
  const peer = (await host.status()).roots[0]?.peers[0];
  if (peer === undefined) throw new Error(`${host.name} has no peer`);
  return peer;
}

test(
  'a large file under way is seen on both hosts, part by part, and sync stays until it is there',
  PATIENT,
  async () => {
    await using pair = await testPair();
    await pair.inSync();
    pair.proxy.setQuality(SLOW);
    pair.place(pair.a, 'big', randomBytes(BIG_BYTES));
    await eventually(async () => {
      expect((await peerOf(pair.a)).sending).toMatchObject(partWay('big'));
      expect((await peerOf(pair.b)).receiving).toMatchObject({ ...partWay('big'), leftMs: expect.any(Number) });
    }, LONG);
    expect(await pair.b.dsync('status')).toMatch(/ {2}from \S+ {2}█*░+ .* 0 of 1 file .* of 64 MiB/);

    const syncing = spawn(process.execPath, [DSYNC, 'sync', '--json'], {
      env: pair.a.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(syncing, 'close');
    const lines = [];
    for await (const line of createInterface({ input: syncing.stdout })) {
      lines.push(JSON.parse(line));
      // As long as the first line is not there, the transfer stays slow.
      pair.proxy.setQuality(FAST);
    }
    expect(await closed).toEqual([0, null]);
    expect(lines[0]).toMatchObject({ kind: 'progress', roots: [{ peers: [{ sending: partWay('big') }] }] });
    expect(lines.at(-1)).toMatchObject({
      kind: 'done',
      inSync: true,
      roots: [{ problems: 0, received: { files: 0 } }],
    });
    await pair.alike();

    const [a, b] = [await peerOf(pair.a), await peerOf(pair.b)];
    expect([a.sending, b.receiving]).toEqual([undefined, undefined]);
    expect(a.sent?.bytes).toBeGreaterThanOrEqual(BIG_BYTES);
    expect(b.received).toEqual({ files: 1, bytes: BIG_BYTES });
  },
);

test('a first sync knows from the start how much there is, on both hosts', PATIENT, async () => {
  const files = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`f${i}`, randomBytes(500).toString('hex')]));
  await using pair = await testPair({ linked: false, files: { a: files } });
  await pair.a.dsync('host', 'add', 'B', '--accept-new');
  await pair.a.dsync('root', 'add', pair.a.root, '--host', `B:${pair.b.root}`);
  pair.proxy.setQuality(SLOWER);
  await pair.a.start();
  await eventually(async () => {
    for (const transfer of [(await peerOf(pair.a)).sending, (await peerOf(pair.b)).receiving]) {
      expect(transfer).toMatchObject({ files: 3000, bytes: 3000 * 1000 });
      expect(transfer?.filesDone).toBeGreaterThan(0);
      expect(transfer?.filesDone).toBeLessThan(3000);
    }
  }, LONG);
  pair.proxy.setQuality(FAST);
  await pair.inSync();
  expect((await peerOf(pair.b)).received).toEqual({ files: 3000, bytes: 3000 * 1000 });
});

test('sync does not wait for what cannot be: it says why', PATIENT, async () => {
  await using pair = await testPair({ files: { a: { f: '1' } } });
  await pair.inSync();
  pair.proxy.cut();
  await eventually(async () => expect(await peerOf(pair.a)).toMatchObject({ state: 'offline' }));
  const { code, stdout, stderr } = await pair.a.run('sync', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'done', inSync: false, reason: expect.stringContaining('offline') });
  expect((await pair.a.run('sync')).stderr).toContain('not in sync: root: B is offline');
  expect(JSON.parse(await pair.a.dsync('sync', '--no-wait', '--json'))).not.toHaveProperty('inSync');
});

function partWay(path: string): Partial<Record<keyof Transfer, unknown>> {
  return {
    bytesPerSecond: expect.toSatisfy((value: number) => value > 0),
    inFlight: [
      { path, bytes: BIG_BYTES, bytesDone: expect.toSatisfy((value: number) => value > 0 && value <= BIG_BYTES) },
    ],
  };
}
