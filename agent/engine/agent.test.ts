import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { absPath } from '../../platform/abs-path.ts';
import { resolveHome } from '../../platform/home.ts';
import { silentLog } from '../../platform/log.ts';
import { socketPair } from '../link/fixtures/socket-pair.ts';
import { type Agent, createAgent } from './agent.ts';
import { addHostRecord } from './config/edit-hosts.ts';
import { addRoot, removeRoot } from './config/edit-roots.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const HOST = { transport: 'auto' as const, bridgeCommand: 'bridge', facts: {}, paused: false };

/** @param mutual B knows A as well, by another name than A calls itself, and dials it */
async function createPair({ mutual = false } = {}) {
  const base = mkdtempSync(join(tmpdir(), 'dsync-agent-'));
  const a = join(base, 'a');
  const b = join(base, 'b');
  mkdirSync(a);
  mkdirSync(b);
  const homeA = resolveHome({ DSYNC_HOME: join(base, 'home-a') });
  const homeB = resolveHome({ DSYNC_HOME: join(base, 'home-b') });
  mkdirSync(homeB.config, { recursive: true });
  writeFileSync(join(homeB.config, 'settings.json'), '{"hostName": "bee"}');
  await addHostRecord(homeA, { ...HOST, name: 'B', destination: 'B' });
  await addRoot(homeA, { path: absPath(a), hosts: [{ host: 'B', path: b }] });
  const log = { ...silentLog(), error: (...args: unknown[]) => console.error(...args) };
  if (mutual) await addHostRecord(homeB, { ...HOST, name: 'A', destination: 'A' });
  const agents: Agent[] = [];
  const dialTo = (other: number) => async () => {
    const agent = agents[other];
    if (agent === undefined) throw new Error('not up yet');
    const [ours, theirs] = socketPair();
    agent.accept(theirs);
    return { stream: ours, transport: 'ssh2', stderr: () => '', close: () => ours.destroy() };
  };
  const agentB = await createAgent({ home: homeB, log, dial: dialTo(0) });
  agents[1] = agentB;
  const agentA = await createAgent({ home: homeA, log, dial: dialTo(1) });
  agents[0] = agentA;
  closers.push(async () => {
    await agentA.close();
    await agentB.close();
    rmSync(base, { recursive: true, force: true });
  });
  const signal = new AbortController().signal;
  const inSync = async () => {
    const result = await agentA.api.wait({ timeoutMs: 20_000 }, { signal });
    expect(result).toEqual({ inSync: true });
  };
  return { a, b, homeA, homeB, agentA, agentB, inSync, signal };
}

describe('two agents', () => {
  test('wait no longer than they were told, also while a large file is read', async () => {
    const { a, agentA, inSync, signal } = await createPair();
    await inSync();
    // Nothing but a hole, and nothing that is read within the time of a test.
    writeFileSync(join(a, 'large'), '');
    truncateSync(join(a, 'large'), 2 ** 36);
    expect(await agentA.api.wait({ timeoutMs: 300 }, { signal })).toMatchObject({ inSync: false });
  });

  test('bring new files, folders and links to the other side, both ways', async () => {
    const { a, b, inSync } = await createPair();
    writeFileSync(join(a, 'one.txt'), 'one');
    mkdirSync(join(a, 'deep/er'), { recursive: true });
    writeFileSync(join(a, 'deep/er/two.txt'), 'two');
    symlinkSync('one.txt', join(a, 'link'));
    chmodSync(join(a, 'one.txt'), 0o755);
    await inSync();
    expect(readFileSync(join(b, 'one.txt'), 'utf8')).toBe('one');
    expect(readFileSync(join(b, 'deep/er/two.txt'), 'utf8')).toBe('two');
    writeFileSync(join(b, 'deep/three.txt'), 'three');
    writeFileSync(join(b, 'one.txt'), 'one, from b');
    await inSync();
    expect(readFileSync(join(a, 'deep/three.txt'), 'utf8')).toBe('three');
    expect(readFileSync(join(a, 'one.txt'), 'utf8')).toBe('one, from b');
    rmSync(join(a, 'deep'), { recursive: true });
    await inSync();
    expect(readdirSync(b).sort()).toEqual(['.dsync', 'link', 'one.txt']);
    renameSync(join(b, 'one.txt'), join(b, 'uno.txt'));
    await inSync();
    expect(readFileSync(join(a, 'uno.txt'), 'utf8')).toBe('one, from b');
  });

  test('merge what both sides hold, and keep both where they differ', async () => {
    const { a, b, agentA, inSync, signal } = await createPair();
    writeFileSync(join(a, 'same'), 'same');
    writeFileSync(join(b, 'same'), 'same');
    writeFileSync(join(a, 'other'), 'from a');
    writeFileSync(join(b, 'other'), 'from b');
    await inSync();
    expect(readFileSync(join(a, 'other'), 'utf8')).toBe(readFileSync(join(b, 'other'), 'utf8'));
    const { conflicts } = await agentA.api.conflicts({}, { signal });
    expect(conflicts).toHaveLength(1);
    const copy = conflicts[0]?.copy ?? '';
    const contents = [readFileSync(join(a, copy), 'utf8'), readFileSync(join(a, 'other'), 'utf8')].sort();
    expect(contents).toEqual(['from a', 'from b']);
    expect(readFileSync(join(b, copy), 'utf8')).toBe(readFileSync(join(a, copy), 'utf8'));
    const verified = await agentA.api.verify({}, { signal });
    expect(verified.roots.map(({ equal }) => equal)).toEqual([true]);
  });

  test('stay together when the root is set up anew on the host that was asked for it', async () => {
    const { a, b, homeB, agentB, inSync, signal } = await createPair();
    await inSync();
    await addHostRecord(homeB, { ...HOST, name: 'C', destination: 'C', paused: true });
    await addRoot(homeB, { path: absPath(b), hosts: [{ host: 'C' }] });
    await agentB.api.reload({}, { signal });
    writeFileSync(join(a, 'from-a'), 'a');
    await expect.poll(() => existsSync(join(b, 'from-a'))).toBe(true);
    writeFileSync(join(b, 'from-b'), 'b');
    await expect.poll(() => existsSync(join(a, 'from-b'))).toBe(true);
  });

  test('say at once that a root was removed there, and go on when it is back', async () => {
    const { a, b, homeB, agentA, agentB, inSync, signal } = await createPair();
    await inSync();
    await removeRoot(homeB, b);
    await agentB.api.reload({}, { signal });
    const peer = async () => (await agentA.api.status({}, { signal })).roots[0]?.peers[0];
    await expect.poll(async () => (await peer())?.state).toBe('refused');
    expect(await agentA.api.wait({ once: true }, { signal })).toMatchObject({
      inSync: false,
      reason: expect.stringContaining('not shared with this host any more'),
    });
    writeFileSync(join(a, 'meanwhile'), 'a');
    await addRoot(homeB, { path: absPath(b), hosts: [] });
    await agentB.api.reload({}, { signal });
    await agentA.api.sync({}, { signal });
    await expect.poll(() => existsSync(join(b, 'meanwhile'))).toBe(true);
  });

  test.each([1, 2, 3, 4])('that dial each other know each other by their own names (%i)', async () => {
    const { a, b, agentA, agentB, inSync, signal } = await createPair({ mutual: true });
    const hosts = async (agent: Agent) =>
      (await agent.api.status({}, { signal })).hosts.map(({ name, state }) => `${name} ${state}`);
    await expect.poll(() => hosts(agentA)).toEqual(['B connected']);
    await expect.poll(() => hosts(agentB)).toEqual(['A connected']);
    await inSync();
    expect(await agentB.api.wait({ timeoutMs: 20_000 }, { signal })).toEqual({ inSync: true });
    writeFileSync(join(a, 'from-a'), 'a');
    await expect.poll(() => existsSync(join(b, 'from-a'))).toBe(true);
    writeFileSync(join(b, 'from-b'), 'b');
    await expect.poll(() => existsSync(join(a, 'from-b'))).toBe(true);
  });

  test('end it for a host that is taken off the line of the root, also when it asks again', async () => {
    const { a, b, homeA, agentA, agentB, inSync, signal } = await createPair();
    await inSync();
    await addHostRecord(homeA, { ...HOST, name: 'C', destination: 'C', paused: true });
    writeFileSync(join(homeA.config, 'paths.txt'), `${a} C\n`);
    await agentA.api.reload({}, { signal });
    const peer = async () => (await agentB.api.status({}, { signal })).roots[0]?.peers[0];
    await expect.poll(async () => (await peer())?.state).toBe('refused');
    writeFileSync(join(b, 'not for a'), 'b');
    await agentB.api.sync({}, { signal });
    await expect.poll(async () => (await peer())?.state).toBe('refused');
    expect(existsSync(join(a, 'not for a'))).toBe(false);
  });
});
