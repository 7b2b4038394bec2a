/**
 * Two hosts on one machine: each with its own home and its own agent, linked over real SSH on the loopback interface.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AbsPath, absPath, childPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import { ensureHome, type Home, resolveHome } from '../../platform/home.ts';
import { silentLog } from '../../platform/log.ts';
import { type ControlServer, serveControl } from '../control/server.ts';
import { type Agent, createAgent } from '../engine/agent.ts';
import { addHostRecord } from '../engine/config/edit-hosts.ts';
import { LINK_SUBSYSTEM } from '../engine/config/edit-pairs.ts';
import { addRoot } from '../engine/config/edit-roots.ts';
import { connectDirect } from '../link/connect.ts';
import { loadDeviceKey } from '../link/device-key.ts';
import { createEmbeddedServer } from '../link/embedded-server.ts';

export interface DemoHosts {
  readonly here: Agent;
  readonly there: Agent;
  /** For `DSYNC_HOME`, to talk to the agent of that side by its socket. */
  readonly homeHere: AbsPath;
  readonly homeThere: AbsPath;
  readonly address: string;
  close(): Promise<void>;
}

/** The folders must exist; the homes are temporary and go with {@link DemoHosts.close}. */
export async function startDemoHosts(
  folders: { readonly here: AbsPath; readonly there: AbsPath },
  { rootName = 'demo' } = {},
): Promise<DemoHosts> {
  const base = absPath(mkdtempSync(join(tmpdir(), 'dsync-demo-')));
  const homeHere = childPath(base, 'here');
  const homeThere = childPath(base, 'there');
  const here = resolveHome({ DSYNC_HOME: homeHere });
  const there = resolveHome({ DSYNC_HOME: homeThere });
  for (const [home, hostName] of [
    [here, 'here'],
    [there, 'there'],
  ] as const) {
    ensureHome(home);
    writeFileSync(join(home.config, 'settings.json'), `${JSON.stringify({ hostName })}\n`);
  }
  const keyHere = loadDeviceKey(mkdirAt(here.state, 'key'));
  const keyThere = loadDeviceKey(mkdirAt(there.state, 'key'));
  const agentThere = await createAgent({ home: there, log: silentLog() });
  const server = await createEmbeddedServer({
    hostKey: keyThere.privateKey,
    authorizedKeys: () => [keyHere.publicKey],
    onSubsystem(name, stream) {
      if (name !== LINK_SUBSYSTEM) return false;
      agentThere.accept(stream);
      return true;
    },
  });
  await addHostRecord(here, {
    name: 'there',
    destination: `${server.address}:${server.port}`,
    transport: 'ssh2',
    bridgeCommand: LINK_SUBSYSTEM,
    facts: {},
    paused: false,
  });
  await addRoot(here, { path: folders.here, hosts: [{ host: 'there', path: folders.there }], name: rootName });
  const agentHere = await createAgent({
    home: here,
    log: silentLog(),
    dial: async (_host, signal) => {
      const session = await connectDirect({
        host: server.address,
        port: server.port,
        username: 'dsync',
        privateKey: keyHere.privateKey,
        hostKey: keyThere.fingerprint,
        signal,
      });
      return {
        stream: await session.subsystem(LINK_SUBSYSTEM),
        transport: session.transport,
        stderr: () => '',
        close: session.close,
      };
    },
  });
  const serving = [await serve(here, agentHere), await serve(there, agentThere)];
  return {
    here: agentHere,
    there: agentThere,
    homeHere,
    homeThere,
    address: `${server.address}:${server.port}`,
    async close() {
      for (const each of serving) await each.close();
      await agentHere.close();
      await server.close();
      await agentThere.close();
      rmSync(base, { recursive: true, force: true });
    },
  };
}

async function serve({ socket }: Home, agent: Agent): Promise<ControlServer> {
  // It is this process's own: who wants to stop it ends the process.
  const serving = await serveControl(socket, {
    api: agent.api,
    onLink: (stream) => agent.accept(stream),
    onStripe: agent.acceptStripe,
    onStop() {},
  });
  if (serving.kind === 'serving') return serving.server;
  throw new DsyncError('BAD_STATE', `Another agent listens at ${socket}`);
}

function mkdirAt(folder: AbsPath, name: string): AbsPath {
  const path = childPath(folder, name);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}
