/**
 * Deploying to a real sshd, by the client that the agent uses.
 *
 * @module
 */
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type BuiltRoots, createBuiltRoots } from '../agent/link/built-root.ts';
import { connect } from '../agent/link/connect.ts';
import { deployAgent } from '../agent/link/deploy.ts';
import { probeHost } from '../agent/link/probe.ts';
import { runRemote } from '../agent/link/remote-shell.ts';
import type { SshSession } from '../agent/link/ssh-session.ts';
import { type AbsPath, childPath } from '../platform/abs-path.ts';
import { type Sshd, startSshd } from './sshd.ts';

let roots: BuiltRoots;
let sshd: Sshd;
let home: AbsPath;
beforeAll(async () => {
  roots = await createBuiltRoots();
  home = childPath(roots.folder, 'home');
  mkdirSync(home);
  sshd = await startSshd({ env: { HOME: home, NODE_OPTIONS: '--no-such-option' } });
});
afterAll(async () => {
  await sshd.close();
  roots[Symbol.dispose]();
});
// The client finds this sshd by its own ssh configuration.
beforeEach(() => {
  vi.stubEnv('PATH', sshd.env.PATH);
  return () => vi.unstubAllEnvs();
});

test.each(['ssh2', 'openssh'] as const)(
  'a host is looked at, deployed to and left alone, over %s',
  async (transport) => {
    const root = roots.add(transport);
    const session = await connect(sshd.alias, { transport });
    try {
      const facts = await probeHost(session);
      expect(facts).toMatchObject({
        os: process.platform,
        arch: process.arch,
        home,
        lib: `${home}/.local/share/dsync`,
      });

      const deployed = await deployAgent(session, facts, { root });
      expect(deployed.fresh).toBe(true);
      expect(await said(session, deployed.bridgeCommand)).toMatchObject({ version: transport, args: ['bridge'] });

      const after = await probeHost(session);
      expect(after.current).toBe(deployed.hash);
      expect(await deployAgent(session, after, { root })).toEqual({ ...deployed, fresh: false });
    } finally {
      session.close();
    }
  },
);

test('a connection that breaks during an upload leaves what was there', async () => {
  const before = roots.add('before');
  const session = await connect(sshd.alias, { transport: 'ssh2' });
  const { hash } = await deployAgent(session, await probeHost(session), { root: before });
  const after = roots.add('after');
  const facts = await probeHost(session);
  await expect(deployAgent(session, facts, { root: after, onProgress: () => void sshd.kill() })).rejects.toMatchObject({
    code: 'HOST_UNREACHABLE',
  });
  session.close();
  await sshd.restart();
  await using again = closing(await connect(sshd.alias, { transport: 'ssh2' }));
  expect((await probeHost(again.session)).current).toBe(hash);
});

async function said(session: SshSession, script: string): Promise<unknown> {
  const { stdout } = await runRemote(session, script);
  return JSON.parse(stdout);
}

function closing(session: SshSession): AsyncDisposable & { session: SshSession } {
  return { session, [Symbol.asyncDispose]: () => Promise.resolve(session.close()) };
}
