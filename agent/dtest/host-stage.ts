/**
 * This host and a configured one, over their real link: a scratch root is added, and goes with the stage.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import type { Home } from '../../platform/home.ts';
import { type ControlClient, connectControl } from '../control/client.ts';
import { measureRoundTrip } from '../doctor/round-trip.ts';
import { findSshHost } from '../engine/config/edit-hosts.ts';
import { addRoot, removeRoot } from '../engine/config/edit-roots.ts';
import { forgetRoot } from '../engine/config/forget-root.ts';
import { type HostRecord, readHosts } from '../engine/config/hosts-file.ts';
import { connect } from '../link/connect.ts';
import { launcherCommand } from '../link/launcher-command.ts';
import { quoteSh, runRemote } from '../link/remote-shell.ts';
import type { SshSession } from '../link/ssh-session.ts';
import { scratchFolder } from './embedded-stage.ts';
import { createLocalSh } from './local-sh.ts';
import { programPath } from './programs.ts';
import type { Side, Stage } from './stage.ts';

const RELOAD_MS = 20_000;

/** @throws {DsyncError} AGENT_NOT_RUNNING, HOST_UNKNOWN, UNSUPPORTED (a paired host has no shell), and what connecting throws */
export async function openHostStage(
  home: Home,
  name: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<Stage> {
  const host = findSshHost(readHosts(home), name);
  const undo: (() => void | Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    const faults: unknown[] = [];
    for (const step of undo.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length > 0) throw faults[0];
  };
  try {
    const agent = await connectControl(home);
    undo.push(() => agent.close());
    const session = await connect(host.destination, { transport: host.transport, signal });
    undo.push(() => session.close());
    const base = scratchFolder();
    undo.push(() => rmSync(base, { recursive: true, force: true, maxRetries: 5 }));
    const here = childPath(base, 'here');
    const scratch = childPath(base, 'scratch');
    for (const folder of [here, scratch]) mkdirSync(folder);
    const made = await runRemote(session, 'mktemp -d "${TMPDIR:-/tmp}/dtest-XXXXXXXX"', { signal });
    if (made.code !== 0) throw new DsyncError('BAD_STATE', `No scratch folder on ${name}: ${made.stderr.trim()}`);
    const baseThere = made.stdout.trim();
    undo.push(async () => void (await runRemote(session, `rm -rf ${quoteSh(baseThere)}`)));
    const there = `${baseThere}/there`;
    const rootName = `dtest-${randomBytes(4).toString('hex')}`;
    await shareRoot({ home, host, agent, session, rootName, here, there, signal }, undo);
    const dsync = [process.execPath, programPath('dsync')].map(quoteSh).join(' ');
    return {
      kind: 'host',
      here: { name: 'here', root: here, sh: createLocalSh(here, { env: process.env, signal }), dsync },
      there: { name, root: there, sh: createRemoteSh(session, there, signal), dsync: launcherCommand(host, '') },
      rootName,
      agent,
      env: process.env,
      scratch,
      bareLimit: (bytes) => bareSsh(session, baseThere, bytes, signal),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function shareRoot(
  options: {
    readonly home: Home;
    readonly host: HostRecord;
    readonly agent: ControlClient;
    readonly session: SshSession;
    readonly rootName: string;
    readonly here: AbsPath;
    readonly there: string;
    readonly signal: AbortSignal;
  },
  undo: (() => void | Promise<void>)[],
): Promise<void> {
  const { home, host, agent, session, rootName, here, there, signal } = options;
  const { id } = await addRoot(home, { path: here, hosts: [{ host: host.name, path: there }], name: rootName });
  undo.push(async () => {
    // Here first: else this host would ask the other one to take the root in again.
    await removeRoot(home, id);
    await agent.call('reload', {}, { timeoutMs: RELOAD_MS });
    await forgetRoot(home, id);
    await runRemote(
      session,
      launcherCommand(host, `root rm --forget ${id} || ${launcherCommand(host, `root rm ${id}`)}`),
    );
  });
  await agent.call('reload', {}, { signal, timeoutMs: RELOAD_MS });
  const { inSync, reason } = await agent.call('wait', { path: here, timeoutMs: RELOAD_MS }, { signal });
  if (!inSync) {
    throw new DsyncError(
      'TIMEOUT',
      `The scratch root is not in sync with ${host.name}: ${reason ?? 'no reason given'}`,
      {
        cure: `See what is wrong: dsync doctor`,
      },
    );
  }
}

function createRemoteSh(session: SshSession, folder: string, signal: AbortSignal): Side['sh'] {
  return (script, { input, cleansUp } = {}) =>
    runRemote(session, `cd ${quoteSh(folder)} || exit 1\n${script}`, {
      ...(!cleansUp && { signal }),
      ...(input && { input }),
    });
}

/** The same connection, without dsync: a byte to and fro, and the bytes into a file. */
async function bareSsh(session: SshSession, folder: string, bytes: number, signal: AbortSignal) {
  const { medianMs } = await measureRoundTrip(session, { signal });
  const chunk = randomBytes(1 << 20);
  const input = Readable.from(repeat(chunk, Math.ceil(bytes / chunk.length)));
  const start = performance.now();
  await runRemote(session, `cat > ${quoteSh(`${folder}/bare`)}`, { input, signal });
  const seconds = (performance.now() - start) / 1000;
  return {
    rttMs: medianMs,
    bytesPerSecond: bytes / seconds,
    by: `cat over the same SSH (${session.transport}), into a file`,
  };
}

function* repeat(chunk: Buffer, times: number): Generator<Buffer> {
  for (let i = 0; i < times; i++) yield chunk;
}
