import { readFileSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DsyncError } from '../../../platform/failure.ts';
import { temporaryPlace } from '../../../platform/fixtures/temporary-place.ts';
import { addHostRecord, removeHostRecord } from './edit-hosts.ts';
import { addRoot, joinRoot, removeRoot, setRootPaused } from './edit-roots.ts';
import type { HostRecord } from './hosts-file.ts';
import { loadConfig } from './load-config.ts';
import type { RootId } from './roots-file.ts';

const host = (name: string): HostRecord => ({
  name,
  destination: `me@${name}`,
  transport: 'auto',
  bridgeCommand: 'dsync bridge',
  facts: {},
  paused: false,
});

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'nothing thrown';
  } catch (error) {
    return error instanceof DsyncError ? error.code : String(error);
  }
};

describe('loadConfig', () => {
  test('without any file: defaults, no hosts, no roots', async () => {
    using place = temporaryPlace();
    const { settings, hosts, roots, problems } = await loadConfig(place.home);
    expect({ hosts, roots, problems }).toEqual({ hosts: [], roots: [], problems: [] });
    expect(settings).toMatchObject({
      pushLimitBytes: 1048576,
      trash: { maxAgeDays: 30 },
      massDelete: { min: 50, percent: 25 },
    });
  });

  test('gives each root an id that lasts, also over other orders and a time away', async () => {
    using place = temporaryPlace();
    const [a, b] = [place.folder('a'), place.folder('b')];
    place.write('home/config/paths.txt', `${a}\n${b}\n`);
    const before = await loadConfig(place.home);
    place.write('home/config/paths.txt', `${b}\n`);
    await loadConfig(place.home);
    place.write('home/config/paths.txt', `${b} name=bee\n${a}\n`);
    const after = await loadConfig(place.home);
    const idsByPath = ({ roots }: typeof before) => Object.fromEntries(roots.map(({ path, id }) => [path, id]));
    expect(idsByPath(after)).toEqual(idsByPath(before));
    expect(after.roots.map(({ name }) => name)).toEqual(['bee', 'a']);
  });

  test('a line without a host means all hosts; unknown hosts are problems and the line stays', async () => {
    using place = temporaryPlace();
    await addHostRecord(place.home, host('gpu'));
    await addHostRecord(place.home, host('vps'));
    const [a, b] = [place.folder('a'), place.folder('b')];
    place.write('home/config/paths.txt', `# one\n${a}\n${b} vps:~/there nope\n`);
    const { roots, problems } = await loadConfig(place.home);
    expect(roots.map(({ hosts }) => hosts)).toEqual([
      [
        { host: 'gpu', path: a },
        { host: 'vps', path: a },
      ],
      [{ host: 'vps', path: '~/there' }],
    ]);
    expect(problems).toMatchObject([
      { file: place.path('home/config/paths.txt'), line: 3, cause: 'there is no host nope' },
    ]);
  });

  test('bad lines are problems with their number, and disable no other', async () => {
    using place = temporaryPlace();
    const a = place.folder('a');
    place.write('home/config/paths.txt', `relative\n${a}\n${a}/sub\n/\n'open\n${place.path('gone')}\n`);
    const { roots, problems } = await loadConfig(place.home);
    expect(roots.map(({ path }) => path)).toEqual([a, place.path('gone')]);
    expect(problems.map(({ line }) => line)).toEqual([1, 3, 4, 5]);
  });

  test('equal names are told apart', async () => {
    using place = temporaryPlace();
    place.write(
      'home/config/paths.txt',
      `${place.folder('x/app')}\n${place.folder('y/app')}\n${place.folder('z')} name=app-2\n`,
    );
    const { roots } = await loadConfig(place.home);
    expect(roots.map(({ name }) => name)).toEqual(['app', 'app-3', 'app-2']);
  });

  test.each([
    ['settings.json', '{\n  "pushLimitBytes": "big"\n}', 'BAD_INPUT', 2],
    ['settings.json', '{\n  "trash": {\n    "maxAgeDays": 1,\n    "max": 2\n  }\n}', 'BAD_INPUT', 4],
    ['settings.json', '{\n  "ignore": ["a",\n', 'BAD_INPUT', 2],
    ['settings.json', '{ "hostName": "a b" }', 'BAD_INPUT', 1],
    [
      'hosts.json',
      '{\n  "hosts": [\n    { "name": "a", "destination": "a", "bridgeCommand": "b" },\n    { "name": "b" }\n  ]\n}',
      'BAD_STATE',
      4,
    ],
    ['hosts.json', 'nonsense', 'BAD_STATE', 1],
  ])('a bad %s names its line and is left alone: %s', async (file, text, code, line) => {
    using place = temporaryPlace();
    const path = place.write(`home/config/${file}`, text);
    const failure = await loadConfig(place.home).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringContaining(`${path}:${line}:`) });
    if (file === 'hosts.json') expect(await codeOf(addHostRecord(place.home, host('new')))).toBe('BAD_STATE');
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('a bad roots.json stops all edits and is left alone', async () => {
    using place = temporaryPlace();
    const path = place.write('home/state/roots.json', '{"roots":[{"id":"nope"}]}');
    expect(await codeOf(loadConfig(place.home))).toBe('BAD_STATE');
    expect(await codeOf(addRoot(place.home, { path: place.folder('a'), hosts: [] }))).toBe('BAD_STATE');
    expect(readFileSync(path, 'utf8')).toBe('{"roots":[{"id":"nope"}]}');
  });
});

describe('addRoot refuses', () => {
  test.each<[string, string, string]>([
    ['a folder inside a root', 'a/sub', 'ROOT_INVALID'],
    ['a folder around a root', '', 'ROOT_INVALID'],
    ['the same folder', 'a', 'ROOT_EXISTS'],
    ['the same folder by a symlink', 'link', 'ROOT_INVALID'],
    ['a folder inside by a symlink', 'link/sub', 'ROOT_INVALID'],
    ['a folder that is not there', 'gone', 'ROOT_INVALID'],
    ['a file', 'file', 'ROOT_INVALID'],
    ["dsync's own folder", 'home/state', 'ROOT_INVALID'],
  ])('%s', async (_, below, code) => {
    using place = temporaryPlace();
    place.folder('a/sub');
    place.write('file', '');
    symlinkSync(place.path('a'), place.path('link'));
    await addRoot(place.home, { path: place.path('a'), hosts: [] });
    const before = readFileSync(place.path('home/config/paths.txt'), 'utf8');
    expect(await codeOf(addRoot(place.home, { path: place.path(below), hosts: [] }))).toBe(code);
    expect(readFileSync(place.path('home/config/paths.txt'), 'utf8')).toBe(before);
  });

  test.each([['/'], ['~'], ['/root/..']])('%s', async (path) => {
    using place = temporaryPlace();
    expect(await codeOf(addRoot(place.home, { path, hosts: [] }))).toBe('ROOT_INVALID');
  });

  test('an unknown host, and a name that is taken', async () => {
    using place = temporaryPlace();
    const [path, other] = [place.folder('a'), place.folder('b')];
    expect(await codeOf(addRoot(place.home, { path, hosts: [{ host: 'gpu' }] }))).toBe('HOST_UNKNOWN');
    await addRoot(place.home, { path, hosts: [], name: 'n' });
    expect(await codeOf(addRoot(place.home, { path: other, hosts: [], name: 'n' }))).toBe('ROOT_EXISTS');
  });
});

test('a root gets further hosts, each once and at one place', async () => {
  using place = temporaryPlace();
  for (const name of ['gpu', 'vps', 'mac']) await addHostRecord(place.home, host(name));
  const [a, all] = [place.folder('a'), place.folder('all')];
  const { id } = await addRoot(place.home, { path: a, hosts: [{ host: 'gpu' }], name: 'code' });
  await addRoot(place.home, { path: all, hosts: [] });
  const hosts = [{ host: 'gpu' }, { host: 'vps', path: '/data' }];
  expect(await addRoot(place.home, { path: a, hosts })).toMatchObject({
    id,
    name: 'code',
    hosts: [{ host: 'gpu' }, hosts[1]],
  });
  const before = readFileSync(place.path('home/config/paths.txt'), 'utf8');
  for (const refused of [
    { path: a, hosts },
    { path: a, hosts: [] },
    { path: a, hosts: [{ host: 'mac' }], name: 'other' },
    { path: a, hosts: [{ host: 'mac' }, { host: 'vps' }] },
    { path: all, hosts: [{ host: 'mac' }] },
  ])
    expect(await codeOf(addRoot(place.home, refused))).toBe('ROOT_EXISTS');
  expect(await codeOf(addRoot(place.home, { path: a, hosts: [{ host: 'nobody' }] }))).toBe('HOST_UNKNOWN');
  expect(readFileSync(place.path('home/config/paths.txt'), 'utf8')).toBe(before);
});

test('many edits at once lose none', async () => {
  using place = temporaryPlace();
  const paths = Array.from({ length: 12 }, (_, i) => place.folder(`r${i}`));
  await Promise.all(paths.map((path) => addRoot(place.home, { path, hosts: [] })));
  const { roots } = await loadConfig(place.home);
  expect(roots.map(({ path }) => path).sort()).toEqual([...paths].sort());
});

test('a removed root comes back under its id; its pause is kept', async () => {
  using place = temporaryPlace();
  const path = place.folder('a');
  const { id } = await addRoot(place.home, { path, hosts: [] });
  await setRootPaused(place.home, id, true);
  await removeRoot(place.home, 'a');
  expect((await loadConfig(place.home)).roots).toEqual([]);
  expect(await codeOf(removeRoot(place.home, 'a'))).toBe('ROOT_UNKNOWN');
  expect(await addRoot(place.home, { path, hosts: [] })).toMatchObject({ id, paused: true });
});

test('a root that another host asked for joins once, and not again once it was removed here', async () => {
  using place = temporaryPlace();
  const asked = {
    id: crypto.randomUUID() as RootId,
    name: 'code',
    path: place.folder('code'),
    from: 'laptop',
    fromId: 'id-of-laptop',
  };
  expect(await joinRoot(place.home, asked)).toMatchObject({ id: asked.id, joinedFrom: 'laptop' });
  expect(await joinRoot(place.home, asked)).toMatchObject({ id: asked.id });
  expect((await loadConfig(place.home)).roots).toHaveLength(1);
  expect(await codeOf(joinRoot(place.home, { ...asked, id: crypto.randomUUID() as RootId }))).toBe('ROOT_EXISTS');
  await removeRoot(place.home, 'code');
  expect(await joinRoot(place.home, asked)).toBeUndefined();
  expect((await loadConfig(place.home)).roots).toEqual([]);
});

test('removing a host takes it off lines with others, and refuses where a line would then mean all hosts', async () => {
  using place = temporaryPlace();
  for (const name of ['gpu', 'vps']) await addHostRecord(place.home, host(name));
  await addRoot(place.home, { path: place.folder('a'), hosts: [{ host: 'gpu' }, { host: 'vps' }] });
  await addRoot(place.home, { path: place.folder('b'), hosts: [{ host: 'vps' }] });
  expect(await codeOf(removeHostRecord(place.home, 'vps'))).toBe('BAD_INPUT');
  await removeHostRecord(place.home, 'gpu');
  const { hosts, roots, problems } = await loadConfig(place.home);
  expect(hosts.map(({ name }) => name)).toEqual(['vps']);
  expect(roots.map((root) => root.hosts.map((one) => one.host))).toEqual([['vps'], ['vps']]);
  expect(problems).toEqual([]);
  expect(await codeOf(addHostRecord(place.home, host('vps')))).toBe('HOST_EXISTS');
});
