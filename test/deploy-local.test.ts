import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type BuiltRoots, createBuiltRoots } from '../agent/link/built-root.ts';
import { createBundle, packBundle } from '../agent/link/bundle.ts';
import { programFiles } from '../agent/link/bundle-files.ts';
import { deployAgent } from '../agent/link/deploy.ts';
import { findInstallRoot, type InstallRoot } from '../agent/link/install-root.ts';
import { createLocalSession } from '../agent/link/local-session.ts';
import { platformFiles } from '../agent/link/platform-parts.ts';
import { type HostFacts, probeHost } from '../agent/link/probe.ts';
import { type AbsPath, childPath } from '../platform/abs-path.ts';

let roots: BuiltRoots;
let first: InstallRoot;
let second: InstallRoot;
beforeAll(async () => {
  roots = await createBuiltRoots();
  first = roots.add('1.0.0');
  second = roots.add('2.0.0');
});
afterAll(() => roots[Symbol.dispose]());

let home: AbsPath;
let session: ReturnType<typeof createLocalSession>;
let facts: HostFacts;
beforeEach(async () => {
  home = childPath(roots.folder, "user's home");
  mkdirSync(home);
  session = createLocalSession({ env: { HOME: home, PATH: process.env.PATH } });
  facts = await probeHost(session);
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

const deploy = (root: InstallRoot, options = {}) =>
  deployAgent(session, facts, { root, cache: childPath(home, 'cache'), ...options });

function launch(...args: string[]): unknown {
  return JSON.parse(
    execFileSync('/bin/sh', [childPath(facts.lib, 'dsync'), ...args], { encoding: 'utf8', env: { PATH: '' } }),
  );
}

test('deployAgent() puts a version there that starts', async () => {
  const { hash, fresh, bridgeCommand } = await deploy(first);
  expect(fresh).toBe(true);
  expect(launch('status', 'a b')).toEqual({
    version: '1.0.0',
    args: ['status', 'a b'],
    main: childPath(facts.lib, `versions/${hash}/dist/dsync.js`),
  });
  expect(JSON.parse(execFileSync('/bin/sh', ['-c', bridgeCommand], { encoding: 'utf8' }))).toMatchObject({
    args: ['bridge'],
  });
});

test('deployAgent() asks nothing where this version is the current one', async () => {
  const { hash } = await deploy(first);
  facts = await probeHost(session);
  const asked = session.commands.length;
  expect(await deploy(first)).toMatchObject({ hash, fresh: false });
  expect(session.commands.length).toBe(asked);
});

test('deployAgent() goes back to a version that is there without sending it', async () => {
  const { hash } = await deploy(first);
  expect(await deploy(second)).toMatchObject({ fresh: true });
  expect(launch()).toMatchObject({ version: '2.0.0' });
  facts = await probeHost(session);
  expect(facts.versions).toHaveLength(2);
  const onProgress = vi.fn();
  expect(await deploy(first, { onProgress })).toMatchObject({ hash, fresh: true });
  expect(onProgress).not.toHaveBeenCalled();
  expect(launch()).toMatchObject({ version: '1.0.0' });
});

test('deployAgent() starts it with the Node.js that is there after an upgrade', async () => {
  const { hash } = await deploy(first);
  const gone = { path: childPath(home, 'gone/node'), version: '22.0.0' };
  writeFileSync(childPath(facts.lib, 'dsync'), 'old launcher');
  facts = { ...(await probeHost(session)), launcherNode: gone.path };
  expect(await deploy(first)).toMatchObject({ hash, fresh: false });
  expect(launch()).toMatchObject({ version: '1.0.0' });
});

test('a version that cannot run there never becomes the current one', async () => {
  const { hash } = await deploy(first);
  const broken = roots.add('3.0.0');
  writeFileSync(childPath(broken.folder, 'dist/activate.js'), 'throw new Error("GLIBC_2.99 not found")');
  await expect(deploy(broken)).rejects.toMatchObject({
    code: 'DEPLOY_FAILED',
    message: expect.stringMatching(/GLIBC_2\.99 not found.*What was there still is/s),
  });
  expect(readdirSync(childPath(facts.lib, 'versions'))).toEqual([hash]);
  expect(readlinkSync(childPath(facts.lib, 'current'))).toBe(`versions/${hash}`);
});

test('an upload that is cut off leaves nothing', async () => {
  const stop = new AbortController();
  const onProgress = () => queueMicrotask(() => stop.abort(new Error('cut')));
  await expect(deploy(first, { signal: stop.signal, onProgress })).rejects.toThrow('cut');
  expect(existsSync(childPath(facts.lib, 'current'))).toBe(false);
});

describe('deployAgent() refuses', () => {
  test('without Node.js', async () => {
    facts = { ...facts, node: undefined };
    await expect(deploy(first)).rejects.toMatchObject({ code: 'NODE_MISSING' });
  });

  test('with musl and no Node.js, which none can be brought for', async () => {
    facts = { ...facts, node: undefined, libc: 'musl' };
    await expect(deploy(first, { shipNode: true })).rejects.toMatchObject({ code: 'NODE_MISSING' });
  });

  test('where the disk is full', async () => {
    facts = { ...facts, freeBytes: 1_000_000 };
    await expect(deploy(first)).rejects.toMatchObject({ code: 'DISK_FULL' });
  });

  test('parts for another platform whose checksum is not known', async () => {
    facts = { ...facts, os: 'darwin', arch: 'arm64' };
    await expect(deploy(first)).rejects.toMatchObject({
      code: 'DEPLOY_FAILED',
      message: expect.stringContaining('checksum'),
    });
  });

  test('where the npm registry cannot be reached', async () => {
    vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9/');
    vi.stubEnv('npm_config_fetch_retries', '0');
    vi.stubEnv('npm_config_cache', childPath(home, 'npm'));
    facts = { ...facts, os: 'darwin', arch: 'arm64' };
    const integrityByPart = new Map([...partNames()].map((name) => [name, 'sha512-none']));
    await expect(deploy({ ...first, integrityByPart })).rejects.toMatchObject({
      code: 'DEPLOY_FAILED',
      message: expect.stringMatching(/npm registry.*ECONNREFUSED/s),
    });
    expect(readdirSync(childPath(home, 'cache'))).toEqual([]);
  });

  function* partNames() {
    const lock = JSON.parse(execFileSync('cat', ['package-lock.json'], { encoding: 'utf8' }));
    for (const [path, { version }] of Object.entries<{ version: string }>(lock.packages)) {
      if (path.endsWith('-darwin-arm64')) yield `${path.slice('node_modules/'.length)}@${version}`;
    }
  }
});

describe('the bundle', () => {
  const bundleOf = async (root: InstallRoot) =>
    createBundle([...programFiles(root), ...(await platformFiles(root, facts, { cache: home }))], facts);

  test('is the same when a deployed version deploys itself further', async () => {
    const { hash } = await deploy(first);
    const further = findInstallRoot(childPath(facts.lib, `versions/${hash}/dist/dsync.js`));
    expect((await bundleOf(further)).hash).toBe(hash);
  });

  test('packs to the same bytes each time', async () => {
    const bundle = await bundleOf(first);
    expect(Buffer.compare(await packBundle(bundle), await packBundle(await bundleOf(first)))).toBe(0);
  });

  test('holds what runs, for one platform, and nothing that builds', async () => {
    const paths = (await bundleOf(first)).files.map(({ path }) => path);
    expect(paths).toContain('dist/dsync.js');
    expect(paths).toContain('node_modules/lmdb/node-index.js');
    expect(paths).toContain('node_modules/ssh2/lib/index.js');
    const parts = new Set(paths.flatMap((path) => /^node_modules\/(@(?:lmdb|koromix)\/[^/]+)/.exec(path)?.[1] ?? []));
    expect(parts).toEqual(
      new Set([`@koromix/koffi-${process.platform}-${process.arch}`, `@lmdb/lmdb-${process.platform}-${process.arch}`]),
    );
    expect(paths.filter((path) => /\.(cc?|cpp|h|hh|md|map|ts|gypi?)$|\/(test|build|\.github)\//.test(path))).toEqual(
      [],
    );
  });

  test('is below 10 MB', async () => {
    expect((await packBundle(await bundleOf(first))).length).toBeLessThan(10_000_000);
  });
});
