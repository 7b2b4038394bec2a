/**
 * Changes to the hosts that are paired with this one. A running agent wants a `reload` afterwards.
 *
 * @module
 */
import { DsyncError } from '../../../platform/failure.ts';
import { ensureHome, type Home } from '../../../platform/home.ts';
import { checkHostIsNew, findHost, updateHostRecord } from './edit-hosts.ts';
import { type HostRecord, type Paired, readHosts, writeHosts } from './hosts-file.ts';
import { withConfigLock } from './load-config.ts';
import { type ListenAddress, readPairing, writePairing } from './pairing-file.ts';

/** The SSH subsystem that a paired host serves the agent's protocol by. */
export const LINK_SUBSYSTEM = 'dsync';
/** The same for stripes of its link. */
export const STRIPE_SUBSYSTEM = 'dsync-stripe';

/**
 * A host of that name which is paired by the same key, or was revoked, is replaced.
 *
 * @throws {DsyncError} HOST_EXISTS
 */
export function addPairedHost(home: Home, name: string, paired: Paired): Promise<HostRecord> {
  return withConfigLock(home, () => {
    ensureHome(home);
    const hosts = readHosts(home);
    checkNameForPair(hosts, name, paired.key);
    const { address, port } = paired;
    const host: HostRecord = {
      name,
      destination: address === undefined ? 'dials this host' : formatAddress({ address, port: port ?? 0 }),
      transport: 'ssh2',
      bridgeCommand: LINK_SUBSYSTEM,
      facts: {},
      paused: false,
      paired,
    };
    writeHosts(home, [...hosts.filter((other) => other.name !== name), host]);
    return host;
  });
}

/** @throws {DsyncError} HOST_EXISTS another host has that name, or another name has that key */
export function checkNameForPair(hosts: readonly HostRecord[], name: string, key: string): void {
  const same = hosts.find((host) => host.name === name);
  if (same !== undefined && same.paired?.key !== key && same.paired?.revoked !== true) {
    checkHostIsNew(hosts, name);
  }
  const other = hosts.find((host) => host.name !== name && host.paired?.key === key && !host.paired.revoked);
  if (other === undefined) return;
  throw new DsyncError('HOST_EXISTS', `That host is paired already, as ${other.name}`, {
    cure: `Remove it first: dsync host rm ${other.name}`,
  });
}

/**
 * Its key is refused from here on. The record stays, so that roots which name it stay as they are.
 *
 * @throws {DsyncError} HOST_UNKNOWN; BAD_INPUT it is not a paired host
 */
export async function revokePairedHost(home: Home, name: string): Promise<HostRecord> {
  const { paired } = findHost(readHosts(home), name);
  if (paired === undefined) {
    throw new DsyncError('BAD_INPUT', `${name} is not paired: ssh reaches it`, {
      cure: `Remove it: dsync host rm ${name}`,
    });
  }
  return await updateHostRecord(home, name, { paused: true, paired: { ...paired, revoked: true } });
}

/** @param listen undefined: nowhere */
export function setListen(home: Home, listen: ListenAddress | undefined): Promise<void> {
  return withConfigLock(home, () => {
    ensureHome(home);
    writePairing(home, { ...readPairing(home), listen });
  });
}

/** `ADDRESS:PORT`, with an IPv6 address in brackets. */
export function formatAddress({ address, port }: ListenAddress): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
