/**
 * From a name and a destination to a host that this one links to. What speaks ssh comes in as functions.
 *
 * @module
 */

import { DsyncError } from '../../platform/failure.ts';
import type { Home } from '../../platform/home.ts';
import { isHostName } from '../../platform/own-host-name.ts';
import { addHostRecord, checkHostIsNew } from '../engine/config/edit-hosts.ts';
import { type HostRecord, readHosts } from '../engine/config/hosts-file.ts';
import type { AskHostKey, ConnectOptions, SshSession } from '../link/ssh-session.ts';

export interface Deployed {
  readonly hash: string;
  /** False where that version was there already. */
  readonly fresh: boolean;
  readonly bridgeCommand: string;
}

export interface Installer<Facts extends object> {
  readonly connect: (destination: string, options: ConnectOptions) => Promise<SshSession>;
  readonly probeHost: (session: SshSession, options: { readonly signal: AbortSignal }) => Promise<Facts>;
  readonly deployAgent: (
    session: SshSession,
    facts: Facts,
    options: { readonly shipNode: boolean; readonly onProgress: (text: string) => void; readonly signal: AbortSignal },
  ) => Promise<Deployed>;
}

export interface AddHostOptions {
  readonly name: string;
  readonly destination: string;
  readonly transport: 'auto' | 'ssh2' | 'openssh';
  readonly shipNode: boolean;
  /** Undefined where nobody can be asked: an unknown key is refused. */
  readonly askHostKey: AskHostKey | undefined;
  readonly onProgress: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Connects, looks, deploys, and only then writes hosts.json.
 *
 * @throws {DsyncError} HOST_EXISTS, BAD_INPUT, and what the three functions throw; hosts.json was not touched
 */
export async function addHost<Facts extends object>(
  home: Home,
  options: AddHostOptions,
  installer: Installer<Facts>,
): Promise<{ readonly host: HostRecord; readonly facts: Facts; readonly deployed: Deployed }> {
  const { name, destination, transport } = options;
  if (!isHostName(name)) {
    throw new DsyncError('BAD_INPUT', `“${name}” cannot be a host's name: A-Z a-z 0-9 . _ - only, 40 at most`, {
      cure: `Give it a short name and the destination beside it: dsync host add NAME ${destination}`,
    });
  }
  checkHostIsNew(readHosts(home), name);
  const { facts, deployed } = await install(options, installer);
  const record: HostRecord = {
    name,
    destination,
    transport,
    bridgeCommand: deployed.bridgeCommand,
    hash: deployed.hash,
    facts: Object.fromEntries(Object.entries(facts)),
    paused: false,
  };
  await addHostRecord(home, record);
  return { host: record, facts, deployed };
}

/** Connects, looks, deploys; nothing is written on this host. */
export async function install<Facts extends object>(
  { destination, transport, shipNode, askHostKey, onProgress, signal }: Omit<AddHostOptions, 'name'>,
  { connect, probeHost, deployAgent }: Installer<Facts>,
): Promise<{ readonly facts: Facts; readonly deployed: Deployed }> {
  onProgress(`connecting to ${destination}`);
  const session = await connect(destination, { transport, askHostKey, signal });
  try {
    onProgress(`connected by ${session.transport}; looking at the host`);
    const facts = await probeHost(session, { signal });
    const deployed = await deployAgent(session, facts, { shipNode, onProgress, signal });
    return { facts, deployed };
  } finally {
    session.close();
  }
}
