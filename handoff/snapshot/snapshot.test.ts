import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DsyncError } from '../../platform/failure.ts';
import { type Home, resolveHome } from '../../platform/home.ts';
import { canonicalJson, checksumOf } from './checksum.ts';
import { paneWith, sessionWith, snapshotWith, windowWith } from './fixtures/snapshot.ts';
import { pack, unpack } from './pack.ts';
import { mappedPath, pathOfRef, refOfPath, showRef, templateOf, textOf } from './path-ref.ts';
import { readSnapshot } from './read-snapshot.ts';
import { keepBlob, list, load, readBlob, remove, save } from './store.ts';
import { createUlid } from './ulid.ts';

function scratchHome(): Disposable & { readonly home: Home; readonly folder: string } {
  const path = mkdtempSync(join(tmpdir(), 'dsync-snapshot-'));
  const home = resolveHome({ DSYNC_HOME: path });
  return {
    home,
    folder: join(home.state, 'handoff/snapshots'),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

describe('a snapshot is read', () => {
  const good = snapshotWith();
  const text = JSON.stringify(good);

  test('as it was written, its keys in any order', () => {
    expect(readSnapshot(text, 'x')).toEqual(good);
    expect(readSnapshot(canonicalJson(good), 'x')).toEqual(good);
  });

  test('with fields that a later dsync added, which stay', () => {
    const later = { ...good, version: { major: 1, minor: 7, patch: 3 }, mood: 'fine' };
    const sealed = { ...later, checksum: checksumOf(later) };
    expect(readSnapshot(JSON.stringify(sealed), 'x')).toMatchObject({ mood: 'fine', version: { minor: 7, patch: 3 } });
  });

  test('a kind or a policy that is not known starts nothing', () => {
    const pane = { ...paneWith(), process: { ...JSON.parse('{}') } };
    const later = JSON.parse(text);
    later.mux.sessions[0].windows[0].panes[0] = {
      ...pane,
      process: {
        kind: 'dream',
        typed: null,
        script: null,
        argv: [],
        argvTrusted: true,
        exe: '',
        cwd: { abs: '/' },
        env: {},
        redacted: [],
        startedAt: '2026-01-01T00:00:00.000Z',
        agent: null,
        restart: { policy: 'at-once', command: 'x', via: 'argv', reason: '' },
      },
    };
    later.checksum = checksumOf(later);
    const [session] = readSnapshot(JSON.stringify(later), 'x').mux.sessions;
    expect(session?.windows[0]?.panes[0]?.process).toMatchObject({ kind: 'unknown', restart: { policy: 'prefill' } });
  });

  const broken = (change: (value: ReturnType<typeof JSON.parse>) => void, { sealed = true } = {}): string => {
    const value = JSON.parse(text);
    change(value);
    if (sealed) value.checksum = checksumOf(value);
    return JSON.stringify(value);
  };
  test.each([
    ['nothing', '', /is empty/],
    ['blanks', ' \n', /is empty/],
    ['its first half', text.slice(0, text.length / 2), /cut short/],
    ['another program’s file', '{"format":"tmux-resurrect"}', /no snapshot of dsync/],
    ['a list', '[]', /no snapshot of dsync/],
    [
      'a later version',
      broken((value) => {
        value.version.major = 2;
      }),
      /of a later dsync \(snapshot version 2/,
    ],
    [
      'no version',
      broken((value) => {
        delete value.version;
      }),
      /which version/,
    ],
    [
      'a change by hand',
      broken(
        (value) => {
          value.source.name = 'other';
        },
        { sealed: false },
      ),
      /checksum is wrong/,
    ],
    [
      'a layout that is none',
      broken((value) => {
        value.mux.sessions[0].windows[0].layout = 'tiled';
      }),
      /layout of window work:0/,
    ],
    [
      'fewer panes than its layout',
      broken((value) => {
        value.mux.sessions[0].windows[0].panes.push(paneWith({ index: 1 }));
      }),
      /does not fit its 2 panes/,
    ],
    [
      'no session',
      broken((value) => {
        value.mux.sessions = [];
      }),
      /holds no tmux session/,
    ],
    [
      'a path out of a root',
      broken((value) => {
        value.shell.cwd = { root: 'r', rel: '../x' };
      }),
      /damaged at shell.cwd/,
    ],
  ])('%s is refused with one word on why', (_, bad, message) => {
    const fault = faultIn(() => readSnapshot(bad, 'it'));
    expect(fault.code).toBe('SNAPSHOT_INVALID');
    expect(fault.message).toMatch(message);
    expect(fault.message).not.toContain('\n');
  });

  test('never in part: any cut is refused', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.length - 1 }), (at) => {
        expect(() => readSnapshot(text.slice(0, at), 'it')).toThrow(DsyncError);
      }),
    );
  });
});

describe('snapshots are kept', () => {
  test('by name and id, the youngest first, and forgotten', async () => {
    using scratch = scratchHome();
    const { home } = scratch;
    await expect(load(home)).rejects.toThrow('No session was saved yet');
    const [first, second] = [
      snapshotWith({ name: 'a', id: createUlid(1_000) }),
      snapshotWith({ name: 'a', id: createUlid(2_000) }),
    ];
    await save(home, first);
    await save(home, second);
    expect((await list(home)).map(({ id }) => id)).toEqual([second.id, first.id]);
    expect((await load(home, 'a')).id).toBe(second.id);
    expect((await load(home)).id).toBe(second.id);
    expect((await load(home, first.id.toLowerCase())).id).toBe(first.id);
    await expect(load(home, 'b')).rejects.toThrow('no saved session b');
    expect(await remove(home, 'a')).toHaveLength(2);
    expect(await list(home)).toEqual([]);
  });

  test('twenty of each kind, the oldest going first', async () => {
    using scratch = scratchHome();
    const { home } = scratch;
    await save(home, snapshotWith({ name: 'kept', id: createUlid(1) }));
    for (let i = 0; i < 23; i++) await save(home, snapshotWith({ trigger: 'auto', id: createUlid(10 + i) }));
    const all = await list(home);
    expect(all.filter(({ trigger }) => trigger === 'auto')).toHaveLength(20);
    expect(all.filter(({ name }) => name === 'kept')).toHaveLength(1);
    expect(all.at(0)?.createdAt).toBe(all.at(0)?.createdAt);
  });

  test('only if they can be used; what was there stays', async () => {
    using scratch = scratchHome();
    const { home, folder } = scratch;
    const good = snapshotWith();
    await save(home, good);
    const empty = snapshotWith({ mux: { sessions: [], lastSession: null } });
    await expect(save(home, empty)).rejects.toThrow(/holds no tmux session. It was not saved/);
    const torn = snapshotWith({
      mux: { sessions: [sessionWith([windowWith([paneWith()], { layout: 'x' })])], lastSession: null },
    });
    await expect(save(home, torn)).rejects.toThrow(/layout/);
    expect(readdirSync(folder)).toEqual([`${good.id}.json`]);
    expect((await load(home)).id).toBe(good.id);
  });

  test('a file of zero bytes on top hides none below it', async () => {
    using scratch = scratchHome();
    const { home, folder } = scratch;
    const good = snapshotWith({ id: createUlid(1) });
    await save(home, good);
    writeFileSync(`${folder}/${createUlid()}.json`, '');
    expect((await load(home)).id).toBe(good.id);
    expect((await list(home)).map(({ fault }) => fault === undefined)).toEqual([false, true]);
  });

  test('scrollback by its content; a changed one is not shown', async () => {
    using scratch = scratchHome();
    const { home } = scratch;
    const { createHash } = await import('node:crypto');
    const sha256 = createHash('sha256').update('hello').digest('hex');
    await keepBlob(home, sha256, gzipSync('hello'));
    expect(readBlob(home, sha256)).toBe('hello');
    const other = 'a'.repeat(64);
    await keepBlob(home, other, gzipSync('hello'));
    expect(readBlob(home, other)).toBeUndefined();
    expect(readBlob(home, 'b'.repeat(64))).toBeUndefined();
  });

  test('packed and unpacked on another host they are the same, scrollback too; a damaged pack is refused and kept nowhere', async () => {
    using here = scratchHome();
    using there = scratchHome();
    const { createHash } = await import('node:crypto');
    const text = '\u001b[31mred\u001b[0m'.repeat(1000);
    const sha256 = createHash('sha256').update(text).digest('hex');
    await keepBlob(here.home, sha256, gzipSync(text));
    const scrollback = { blob: { sha256, bytes: text.length, encoding: 'gzip' as const }, lines: 1 };
    const snapshot = snapshotWith({
      mux: { sessions: [sessionWith([windowWith([paneWith({ scrollback })])])], lastSession: 'work' },
    });
    const packed = pack(here.home, snapshot);
    expect(await unpack(there.home, packed)).toEqual(snapshot);
    expect(readBlob(there.home, sha256)).toBe(text);
    using third = scratchHome();
    const other = JSON.parse(gunzipSync(packed).toString('utf8'));
    other.blobs[sha256] = gzipSync('blue').toString('base64');
    for (const bad of [packed.subarray(0, 50), Buffer.from('x'), gzipSync('{}'), gzipSync(JSON.stringify(other))])
      await expect(unpack(third.home, bad)).rejects.toThrow(DsyncError);
    mkdirSync(third.folder, { recursive: true });
    expect(readdirSync(third.folder)).toEqual([]);
    expect(readFileSync(`${there.folder}/${snapshot.id}.json`, 'utf8')).toContain(snapshot.checksum);
  });
});

describe('places', () => {
  const here = {
    home: '/home/ann',
    roots: [
      { id: 'r1', path: '/home/ann/code' },
      { id: 'r2', path: '/srv/data' },
    ],
  };
  const there = { home: '/Users/ann', roots: [{ id: 'r1', path: '/Volumes/code' }] };

  test.each([
    ['/home/ann/code', { root: 'r1', rel: '' }, '/Volumes/code'],
    ["/home/ann/code/a  b'c", { root: 'r1', rel: "a  b'c" }, "/Volumes/code/a  b'c"],
    ['/home/ann', { home: '' }, '/Users/ann'],
    ['/home/anna', { abs: '/home/anna' }, '/home/anna'],
    ['/srv/data/x', { root: 'r2', rel: 'x' }, undefined],
    ['/', { abs: '/' }, '/'],
  ])('%s', (path, ref, other) => {
    expect(refOfPath(path, here)).toEqual(ref);
    expect(pathOfRef(refOfPath(path, here), here)).toBe(path);
    expect(pathOfRef(refOfPath(path, here), there)).toBe(other);
  });

  test.each([
    ['node /home/ann/code/x.js --dir=/home/ann/tmp', 'node /Volumes/code/x.js --dir=/Users/ann/tmp'],
    ["vim '/home/ann/code/a b'", "vim '/Volumes/code/a b'"],
    ['echo ${HOME} /home/annabel', 'echo ${HOME} /home/annabel'],
    ['PATH=/home/ann/bin:/home/ann/code/bin', 'PATH=/Users/ann/bin:/Volumes/code/bin'],
    ['x/home/ann/code', 'x/home/ann/code'],
  ])('text: %s', (text, other) => {
    expect(textOf(templateOf(text, here), here)).toEqual({ text, missing: [] });
    expect(textOf(templateOf(text, here), there)).toEqual({ text: other, missing: [] });
  });

  test('any text comes back as it was', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom('${', '$${', '${home}', '/home/ann', '/home/ann/code/', ' ', '=', '$'),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const text = parts.join('');
        expect(textOf(templateOf(text, here), here).text).toBe(text);
      }),
    );
  });

  test('a root that is missing is named', () => {
    expect(textOf(templateOf('ls /srv/data/x', here), there)).toEqual({ text: 'ls ${root:r2}/x', missing: ['r2'] });
    expect(showRef({ root: 'r2', rel: 'x' }, [{ id: 'r2', name: 'data' }])).toBe('data:x');
    expect(mappedPath('/a/b/c', [{ from: '/a/b', to: '/z' }])).toBe('/z/c');
    expect(mappedPath('/a/bc', [{ from: '/a/b', to: '/z' }])).toBe('/a/bc');
  });
});

function faultIn(work: () => unknown): DsyncError {
  try {
    work();
  } catch (error) {
    if (error instanceof DsyncError) return error;
    throw error;
  }
  throw new Error('It was taken');
}
