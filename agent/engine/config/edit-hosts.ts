/**
 * Changes to the hosts that this one links to. A running agent wants a `reload` afterwards.
 *
 * @module
 */
import { writeFileAtomic } from '../../../platform/atomic-file.ts';
import { DsyncError } from '../../../platform/failure.ts';
import { ensureHome, type Home } from '../../../platform/home.ts';
import { type HostRecord, readHosts, writeHosts } from './hosts-file.ts';
import { pathsPath, readPaths, withConfigLock } from './load-config.ts';
import { editPathsRoots, formatPaths } from './paths-file.ts';

/** @throws {DsyncError} HOST_EXISTS */
export function addHostRecord(home: Home, host: HostRecord): Promise<void> {
  return withConfigLock(home, () => {
    ensureHome(home);
    const hosts = readHosts(home);
    checkHostIsNew(hosts, host.name);
    writeHosts(home, [...hosts, host]);
  });
}

/** @throws {DsyncError} HOST_EXISTS */
export function checkHostIsNew(hosts: readonly HostRecord[], name: string): void {
  const same = hosts.find((host) => host.name === name);
  if (same === undefined) return;
  throw new DsyncError('HOST_EXISTS', `There is a host called ${name} already: ${same.destination}`, {
    cure: `Remove it first: dsync host rm ${name}`,
  });
}

/** @throws {DsyncError} HOST_UNKNOWN */
export function updateHostRecord(home: Home, name: string, change: Partial<HostRecord>): Promise<HostRecord> {
  return withConfigLock(home, () => {
    const hosts = readHosts(home);
    const host: HostRecord = { ...findHost(hosts, name), ...change };
    writeHosts(
      home,
      hosts.map((other) => (other.name === name ? host : other)),
    );
    return host;
  });
}

/**
 * Takes the host away, also from the lines of paths.txt that name others beside it.
 *
 * @throws {DsyncError} HOST_UNKNOWN; BAD_INPUT a line names this host alone: without it, the line would mean all hosts
 */
export function removeHostRecord(home: Home, name: string): Promise<HostRecord> {
  return withConfigLock(home, () => {
    const hosts = readHosts(home);
    const host = findHost(hosts, name);
    const paths = readPaths(home);
    const edited = editPathsRoots(paths, (root) => {
      if (!root.hosts.some((other) => other.host === name)) return root;
      if (root.hosts.length > 1) return { ...root, hosts: root.hosts.filter((other) => other.host !== name) };
      throw new DsyncError('BAD_INPUT', `The root ${root.path} is shared with ${name} alone. Nothing was changed.`, {
        cure: `Remove the root first: dsync root rm ${root.path}, or name another host for it in ${pathsPath(home)}`,
      });
    });
    if (edited.lines.some((line, i) => line !== paths.lines[i])) writeFileAtomic(pathsPath(home), formatPaths(edited));
    writeHosts(
      home,
      hosts.filter((other) => other !== host),
    );
    return host;
  });
}

/** @throws {DsyncError} HOST_UNKNOWN */
export function findHost(hosts: readonly HostRecord[], name: string): HostRecord {
  const host = hosts.find((other) => other.name === name);
  if (host === undefined) throw new DsyncError('HOST_UNKNOWN', `There is no host called ${name}`);
  return host;
}

/** @throws {DsyncError} HOST_UNKNOWN; UNSUPPORTED the host is paired, so that no command can be run on it */
export function findSshHost(hosts: readonly HostRecord[], name: string): HostRecord {
  const host = findHost(hosts, name);
  if (host.paired === undefined) return host;
  throw new DsyncError('UNSUPPORTED', `${name} is paired: its agent can be talked to, and no command run there`, {
    cure: `Do it on ${name} itself. See the link: dsync status`,
  });
}
