/**
 * One agent, and a peer that speaks the protocol by hand and keeps to no rule.
 *
 * @module
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { Packr } from 'msgpackr';
import { afterEach, describe, expect, test } from 'vitest';
import { absPath } from '../../platform/abs-path.ts';
import { createBufferPool } from '../../platform/buffer-pool.ts';
import { messageOf } from '../../platform/failure.ts';
import { resolveHome } from '../../platform/home.ts';
import { silentLog } from '../../platform/log.ts';
import type { Entry } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { EpochId } from '../core/version.ts';
import { socketPair } from '../link/fixtures/socket-pair.ts';
import { createFrameReader, decodeMessage, encodeFrame } from '../link/frame.ts';
import type { Message } from '../link/messages.ts';
import { entryToWire } from '../link/wire-entry.ts';
import { hashBuffer } from '../scan/hash.ts';
import { createAgent } from './agent.ts';
import { addHostRecord } from './config/edit-hosts.ts';
import { addRoot } from './config/edit-roots.ts';

const pool = createBufferPool({ mostBytes: 512 << 10, mostFree: 24 });
const PREAMBLE = '\ndsync-link\n';
const EPOCH = 'epoch-evil' as EpochId;
const PEER = 'evil';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** An agent with one root, dialed by hand: `root/kept` and `outside/secret` are there, `root/up` points outside. */
async function createVictim() {
  const base = mkdtempSync(join(tmpdir(), 'dsync-hostile-'));
  const root = join(base, 'root');
  const outside = join(base, 'outside');
  mkdirSync(root);
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'secret');
  writeFileSync(join(root, 'kept'), 'kept');
  symlinkSync('../outside', join(root, 'up'));
  const home = resolveHome({ DSYNC_HOME: join(base, 'home') });
  await addHostRecord(home, {
    name: PEER,
    destination: PEER,
    transport: 'auto',
    bridgeCommand: 'bridge',
    facts: {},
    paused: false,
  });
  const record = await addRoot(home, { path: absPath(root), hosts: [{ host: PEER, path: '/far/away' }] });
  const logged: string[] = [];
  const write = (fields: object | string, text?: string) => {
    const error = typeof fields === 'object' && 'err' in fields ? messageOf(fields.err) : '';
    logged.push(`${text ?? ''} ${JSON.stringify(fields)} ${error}`);
  };
  const log = { ...silentLog(), info: write, warn: write, error: write };
  // Each try to dial gives a link of its own; the test takes them one by one.
  const dialed: ReturnType<typeof createPeer>[] = [];
  const takers: ((peer: ReturnType<typeof createPeer>) => void)[] = [];
  const agent = await createAgent({
    home,
    log,
    dial: async () => {
      const [near, far] = socketPair();
      const peer = createPeer(far, record.id);
      const taker = takers.shift();
      if (taker === undefined) dialed.push(peer);
      else taker(peer);
      return { stream: near, transport: 'ssh2', stderr: () => '', close: () => near.destroy() };
    },
  });
  closers.push(async () => {
    await agent.close();
    rmSync(base, { recursive: true, force: true });
  });
  const nextPeer = () =>
    new Promise<ReturnType<typeof createPeer>>((resolve) => {
      const peer = dialed.shift();
      if (peer === undefined) takers.push(resolve);
      else resolve(peer);
    });
  /** A peer that has greeted; the agent has opened the root. */
  const greeted = async () => {
    const peer = await nextPeer();
    peer.write(Buffer.from(PREAMBLE));
    peer.send({ type: 'hello', protocol: 1, features: [], hostId: 'evil-id', hostName: PEER, agentVersion: '0' });
    await peer.heard('open');
    return peer;
  };
  const openedPeer = async () => {
    const peer = await greeted();
    peer.send({
      type: 'open',
      root: record.id,
      name: 'r',
      epoch: EPOCH,
      seq: 0,
      knows: [],
      fresh: false,
      empty: false,
    });
    return peer;
  };
  const untouched = () => {
    expect(readdirSync(outside)).toEqual(['secret']);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(readdirSync(root).sort()).toEqual(['.dsync', 'kept', 'up']);
    expect(readFileSync(join(root, 'kept'), 'utf8')).toBe('kept');
    expect(readlinkSync(join(root, 'up'))).toBe('../outside');
    expect(readdirSync(base).sort()).toEqual(['home', 'outside', 'root']);
  };
  const problems = async () => {
    const { roots } = await agent.api.status({}, { signal: new AbortController().signal });
    return roots.flatMap((each) => each.problems);
  };
  return { base, root, outside, rootId: record.id, agent, logged, nextPeer, greeted, openedPeer, untouched, problems };
}

type Victim = Awaited<ReturnType<typeof createVictim>>;

/** The far end of a link. */
function createPeer(far: Duplex, root: string) {
  const messages: Message[] = [];
  let rest: Buffer | undefined = Buffer.alloc(0);
  const read = createFrameReader(pool);
  let ended = false;
  let changed: () => void = () => undefined;
  far.on('data', (chunk: Buffer) => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    if (rest !== undefined && !bytes.includes(PREAMBLE)) {
      rest = bytes;
      return;
    }
    const frames = rest === undefined ? bytes : bytes.subarray(bytes.indexOf(PREAMBLE) + PREAMBLE.length);
    rest = undefined;
    messages.push(...read(frames).map(decodeMessage));
    changed();
  });
  far.on('end', () => {
    ended = true;
    changed();
  });
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise<void>((resolve) => (changed = resolve));
  };
  let id = 1;
  const peer = {
    messages,
    write: (bytes: Uint8Array) => far.write(bytes),
    send: (message: Message) => far.write(encodeFrame(message, { pool })),
    /** Whatever it is, as one frame. */
    sendRaw(message: unknown) {
      const body: Buffer = new Packr({ useRecords: false, int64AsType: 'bigint' }).pack(message);
      const head = Buffer.alloc(4);
      head.writeUInt32BE(body.length);
      far.write(Buffer.concat([head, body]));
    },
    sendEntries(...items: { entry: unknown; content?: Uint8Array }[]) {
      peer.sendRaw({ type: 'batch', root, id, from: id, to: id, bulk: false, items });
      return id++;
    },
    heard: async (type: Message['type'], fits: (message: Message) => boolean = () => true) => {
      const find = () => messages.find((message) => message.type === type && fits(message));
      await until(() => find() !== undefined);
      return find();
    },
    end: () => far.end(),
    get ended() {
      return ended;
    },
    until,
  };
  return peer;
}

const at = (path: string, text: string, change: Partial<Record<keyof Entry, unknown>> = {}) =>
  entryToWire({
    path: path as RelPath,
    kind: 'file',
    sizeBytes: Buffer.byteLength(text),
    mtimeNs: 4_000_000_000_000_000_000n,
    mode: 0o644,
    hash: hashBuffer(text),
    target: '',
    version: [[EPOCH, 1]],
    author: PEER,
    ...change,
  } as Entry);
const symlinkAt = (path: string, target: string, change: Partial<Record<keyof Entry, unknown>> = {}) =>
  at(path, target, { kind: 'symlink', sizeBytes: 0, mode: 0, target, ...change });
const evil = { content: Buffer.from('evil') };

/** The agent says why in its log, dials anew, and the next link works. */
async function endsWith(victim: Victim, reason: RegExp): Promise<void> {
  const again = await victim.openedPeer();
  expect(victim.logged.join('\n')).toMatch(reason);
  const id = again.sendEntries({ entry: at('fine', 'fine'), content: Buffer.from('fine') });
  await again.heard('ack', (message) => message.type === 'ack' && message.id === id);
  expect(readFileSync(join(victim.root, 'fine'), 'utf8')).toBe('fine');
  rmSync(join(victim.root, 'fine'));
  victim.untouched();
}

describe('a link ends, with a reason, and nothing is touched, where a peer sends', () => {
  test.each<[string, unknown, RegExp]>([
    ['a path that climbs out', at('../outside/secret', 'evil'), /“\.\.\/outside\/secret” is no path inside a root/],
    ['a path that climbs out from below', at('a/../../outside/x', 'evil'), /is no path inside a root/],
    ['an absolute path', at('/tmp/dsync-evil', 'evil'), /is no path inside a root/],
    ['a NUL', at('a\0', 'evil'), /is no path inside a root/],
    ['an entry that contradicts itself', at('a', 'evil', { kind: 'folder' }), /contradicts itself/],
    ['content of another hash', at('a', 'good'), /does not have the hash it announced/],
    ['content of another size', at('a', 'evil', { sizeBytes: 3 }), /does not have the hash it announced/],
    ['content for a symlink', symlinkAt('a', 'x'), /does not have the hash it announced/],
  ])('%s', async (_, entry, reason) => {
    const victim = await createVictim();
    const peer = await victim.openedPeer();
    peer.sendEntries({ entry, ...evil });
    await endsWith(victim, reason);
  });

  test('content that nobody asked for', async () => {
    const victim = await createVictim();
    const peer = await victim.openedPeer();
    peer.send({ type: 'content', root: victim.rootId, parts: [{ id: 9, offset: 0, bytes: evil.content, last: true }] });
    await endsWith(victim, /was not asked for/);
  });

  test('other content than was asked for', async () => {
    const victim = await createVictim();
    const peer = await victim.openedPeer();
    peer.sendEntries({ entry: at('a', 'good') });
    const want = await peer.heard('want');
    const id = want?.type === 'want' ? (want.items[0]?.id ?? 0) : 0;
    peer.send({ type: 'content', root: victim.rootId, parts: [{ id, offset: 0, bytes: evil.content, last: true }] });
    await endsWith(victim, /does not have the hash it announced/);
  });

  test('a frame without end', async () => {
    const victim = await createVictim();
    const peer = await victim.openedPeer();
    peer.write(Buffer.from([0x7f, 0xff, 0xff, 0xff]));
    await endsWith(victim, /announced a frame of 2147483647 bytes/);
  });

  test('garbage', async () => {
    const victim = await createVictim();
    const peer = await victim.openedPeer();
    peer.write(Buffer.from([0, 0, 0, 4, 0xc1, 0xc1, 0xc1, 0xc1]));
    await endsWith(victim, /something that is no message/);
  });

  test('a want for a path outside', async () => {
    const victim = await createVictim();
    const peer = await victim.openedPeer();
    const items = [{ id: 1, path: '../outside/secret', hash: hashBuffer('secret'), offset: 0 }];
    peer.sendRaw({ type: 'want', root: victim.rootId, items });
    await endsWith(victim, /is no path inside a root/);
    expect(peer.messages.filter(({ type }) => type === 'content')).toEqual([]);
  });

  test('anything before it said who it is', async () => {
    const victim = await createVictim();
    const peer = await victim.nextPeer();
    peer.write(Buffer.from(PREAMBLE));
    peer.sendEntries({ entry: at('a', 'evil'), ...evil });
    await endsWith(victim, /did not greet first/);
  });

  test('a greeting twice', async () => {
    const victim = await createVictim();
    const peer = await victim.openedPeer();
    peer.send({ type: 'hello', protocol: 1, features: [], hostId: 'other', hostName: PEER, agentVersion: '0' });
    await endsWith(victim, /greeted twice/);
  });
});

describe('nothing outside is touched or told, and the link goes on, where a peer sends', () => {
  const acked = async (victim: Victim, ...items: { entry: unknown; content?: Uint8Array }[]) => {
    const peer = await victim.openedPeer();
    for (const item of items) {
      const id = peer.sendEntries(item);
      await peer.heard('ack', (message) => message.type === 'ack' && message.id === id);
    }
    return peer;
  };

  test('a file below a symlink that points outside', async () => {
    const victim = await createVictim();
    await acked(victim, { entry: at('up/evil', 'evil'), ...evil }, { entry: at('up/secret', 'evil'), ...evil });
    victim.untouched();
    expect((await victim.problems()).map(({ path }) => path)).toEqual(['up/evil', 'up/secret']);
  });

  test('a symlink that points outside, and then a file below it', async () => {
    const victim = await createVictim();
    await acked(victim, { entry: symlinkAt('out', victim.outside) }, { entry: at('out/evil', 'evil'), ...evil });
    expect(readlinkSync(join(victim.root, 'out'))).toBe(victim.outside);
    rmSync(join(victim.root, 'out'));
    victim.untouched();
  });

  test('a tombstone below a symlink that points outside', async () => {
    const victim = await createVictim();
    const tombstone = at('up/secret', '', { kind: 'tombstone', hash: '', mode: 0 });
    await acked(victim, { entry: tombstone });
    victim.untouched();
  });

  test.each([
    '.dsync/local/root.json',
    '.dsync/local/stage/x',
    '.DSYNC/LOCAL/x',
    '.git/hooks/post-commit',
    'a/.git/config',
  ])('an entry for %s, which is never synced', async (path) => {
    const victim = await createVictim();
    const marker = readFileSync(join(victim.root, '.dsync/local/root.json'), 'utf8');
    await acked(victim, { entry: at(path, 'evil', { version: [[EPOCH, 99]] }), ...evil });
    expect(readFileSync(join(victim.root, '.dsync/local/root.json'), 'utf8')).toBe(marker);
    expect(existsSync(join(victim.root, '.git'))).toBe(false);
    victim.untouched();
  });

  test.each<[string, unknown, Uint8Array | undefined]>([
    ['a symlink', symlinkAt('.dsync', '../outside', { version: [[EPOCH, 99]] }), undefined],
    ['a file', at('.dsync', 'evil', { version: [[EPOCH, 99]] }), evil.content],
    ['nothing', at('.dsync', '', { kind: 'tombstone', hash: '', mode: 0, version: [[EPOCH, 99]] }), undefined],
  ])('%s in place of .dsync', async (_, entry, content) => {
    const victim = await createVictim();
    const peer = await victim.openedPeer();
    peer.sendEntries({ entry, ...(content && { content }) });
    const id = peer.sendEntries({ entry: at('fine', 'fine'), content: Buffer.from('fine') });
    await peer.heard('ack', (message) => message.type === 'ack' && message.id === id);
    expect(lstatSync(join(victim.root, '.dsync/local')).isDirectory()).toBe(true);
    expect(lstatSync(join(victim.root, '.dsync')).isDirectory()).toBe(true);
    expect(existsSync(join(victim.root, '.dsync/local/root.json'))).toBe(true);
    rmSync(join(victim.root, 'fine'));
    victim.untouched();
  });

  test('entries before it opened the root', async () => {
    const victim = await createVictim();
    const peer = await victim.greeted();
    peer.sendEntries({ entry: at('a', 'evil'), ...evil });
    peer.send({ type: 'want', root: victim.rootId, items: [{ id: 1, path: 'none' as RelPath, hash: '', offset: 0 }] });
    await peer.heard('gone');
    expect(peer.messages.filter(({ type }) => type === 'ack')).toEqual([]);
    victim.untouched();
  });

  test('a want for what is behind a symlink', async () => {
    const victim = await createVictim();
    const peer = await victim.openedPeer();
    const items = ['up/secret', '.dsync/local/root.json', 'none'].map((path, id) => ({
      id,
      path: path as RelPath,
      hash: hashBuffer('secret'),
      offset: 0,
    }));
    peer.send({ type: 'want', root: victim.rootId, items });
    for (const { id } of items) await peer.heard('gone', (message) => message.type === 'gone' && message.id === id);
    expect(peer.messages.filter(({ type }) => type === 'content')).toEqual([]);
    victim.untouched();
  });

  test('messages for a root that nobody has', async () => {
    const victim = await createVictim();
    const peer = await victim.openedPeer();
    peer.send({ type: 'barrier', root: 'no-such-root', id: 1 });
    peer.send({
      type: 'open',
      root: 'no-such-root',
      name: 'x',
      epoch: EPOCH,
      seq: 0,
      knows: [],
      fresh: true,
      empty: true,
    });
    expect(await peer.heard('refuse')).toMatchObject({ root: 'no-such-root', code: 'ROOT_UNKNOWN' });
    victim.untouched();
  });
});
