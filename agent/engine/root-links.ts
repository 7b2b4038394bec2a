/**
 * The links of one root: one for each host that it is attached to, while it is at work.
 *
 * @module
 */
import type { Message } from '../link/messages.ts';
import { createProgress } from '../transfer/progress.ts';
import type { LinkProgress, Peer, RootLink } from './root-link.ts';
import type { LinksAhead } from './walk-pace.ts';

export interface RootLinks {
  /** By the id of the host. */
  readonly byHost: ReadonlyMap<string, RootLink>;
  readonly ahead: LinksAhead;
  /** By our name for the host. */
  to(hostName: string): RootLink | undefined;
  each(act: (link: RootLink) => void): void;
  /** True if some link says so; each has its turn. */
  some(act: (link: RootLink) => boolean): boolean;
  /** @param remotePath where the root shall lie there, if this host asks for it */
  attach(peer: Peer, remotePath: string | undefined): void;
  detach(peer: Peer): void;
  isAttached(peer: Peer): boolean;
  handle(peer: Peer, message: Message): void;
  /** For all hosts that it is attached to and has none to. */
  openAll(): void;
  /** The hosts stay attached. */
  closeAll(): void;
  /** The same; and each is told that nothing will come. */
  haltAll(): void;
}

export interface RootLinksOptions {
  readonly rootId: string;
  /** Undefined while the root is not at work. */
  readonly open: (peer: Peer, remotePath: string | undefined, progress: LinkProgress) => RootLink | undefined;
  readonly onState: () => void;
}

export function createRootLinks({ rootId, open, onState }: RootLinksOptions): RootLinks {
  const byHost = new Map<string, RootLink>();
  const attached = new Map<string, { readonly peer: Peer; readonly remotePath: string | undefined }>();
  /** Of all links to a host, one after the other. */
  const progressByHost = new Map<string, LinkProgress>();

  const tellHalted = (peer: Peer): void => peer.channel.send({ type: 'pause', root: rootId, paused: true });
  const progressOf = (hostId: string): LinkProgress => {
    const known = progressByHost.get(hostId) ?? { sending: createProgress(), receiving: createProgress() };
    progressByHost.set(hostId, known);
    return known;
  };
  const connect = (peer: Peer, remotePath: string | undefined): boolean => {
    const { hostId } = peer;
    if (byHost.has(hostId)) return true;
    const link = open(peer, remotePath, progressOf(hostId));
    if (link === undefined) return false;
    byHost.set(hostId, link);
    return true;
  };
  const disconnect = (hostId: string): void => {
    byHost.get(hostId)?.close();
    byHost.delete(hostId);
  };

  return {
    byHost,
    ahead() {
      const links = [...byHost.values()].filter(({ state }) => state === 'open');
      const acks = links.flatMap(({ ackedAtMs }) => ackedAtMs ?? []);
      return {
        entries: Math.max(0, ...links.map(({ unsent }) => unsent)),
        ackedAtMs: acks.length === 0 ? undefined : Math.max(...acks),
      };
    },
    to: (hostName) => [...byHost.values()].find(({ peer }) => peer.name === hostName),
    each(act) {
      for (const link of byHost.values()) act(link);
    },
    some(act) {
      let some = false;
      for (const link of byHost.values()) some = act(link) || some;
      return some;
    },
    attach(peer, remotePath) {
      attached.set(peer.hostId, { peer, remotePath });
      if (!connect(peer, remotePath)) tellHalted(peer);
    },
    detach(peer) {
      if (attached.get(peer.hostId)?.peer !== peer) return;
      attached.delete(peer.hostId);
      disconnect(peer.hostId);
      onState();
    },
    isAttached: (peer) => attached.get(peer.hostId)?.peer === peer,
    handle(peer, message) {
      const link = byHost.get(peer.hostId);
      if (link?.peer === peer) link.handle(message);
    },
    openAll() {
      for (const { peer, remotePath } of attached.values()) connect(peer, remotePath);
    },
    closeAll() {
      for (const hostId of [...byHost.keys()]) disconnect(hostId);
    },
    haltAll() {
      for (const { peer } of [...attached.values()]) {
        disconnect(peer.hostId);
        tellHalted(peer);
      }
    },
  };
}
