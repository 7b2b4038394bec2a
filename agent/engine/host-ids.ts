/**
 * Which agent is behind the name of a host: learned when it is dialed, so that it has the same name when it dials us.
 *
 * @module
 */
import type { Config } from './config/load-config.ts';

export interface HostIds {
  /** Our name for that agent; undefined where it was never met under one. */
  nameOf(hostId: string): string | undefined;
  /** The host was dialed, and this agent answered. */
  met(name: string, hostId: string): void;
  /** There is no such host any more: whoever gets its name may be another. */
  forget(name: string): void;
}

type Hosts = Config['hosts'];

/** @param onNew it is another agent than the last time, or the first one */
export function createHostIds(hosts: () => Hosts, onNew: (name: string, hostId: string) => void): HostIds {
  const learned = new Map<string, string>();
  const idOf = ({ name, hostId, paired }: Hosts[number]) => paired?.hostId ?? learned.get(name) ?? hostId;
  return {
    nameOf: (hostId) => hosts().find((host) => idOf(host) === hostId)?.name,
    met(name, hostId) {
      const host = hosts().find((each) => each.name === name);
      if (host === undefined || idOf(host) === hostId) return;
      learned.set(name, hostId);
      onNew(name, hostId);
    },
    forget: (name) => void learned.delete(name),
  };
}
