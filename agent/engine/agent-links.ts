/**
 * The links of one agent: one for each host, whichever side opened it.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { DsyncError, messageOf } from '../../platform/failure.ts';
import type { Log } from '../../platform/log.ts';
import type { AgentEvent } from '../control/api.ts';
import type { Config } from './config/load-config.ts';
import type { Dialed } from './dialer.ts';
import type { HostIds } from './host-ids.ts';
import { type HostLink, type HostLinkOptions, openHostLink } from './host-link.ts';
import { openStripes } from './open-stripes.ts';

export interface AgentLinks {
  /** By the id of the host. */
  readonly byHost: ReadonlyMap<string, HostLink>;
  /** False once another took its place, or it is over. */
  stands(link: HostLink): boolean;
  /** Whoever opened it can run programs here. */
  hasShell(link: HostLink): boolean;
  /**
   * Greets over what was dialed, and takes the link.
   *
   * @throws {DsyncError} SAME_AGENT, PEER_INVALID, HOST_EXISTS; and what the greeting throws
   */
  greet(host: ConfiguredHost, dialed: Dialed): Promise<HostLink>;
  /** Takes a link that another host opened: that host alone, if one is given. */
  accept(stream: Duplex, options: { readonly host?: ConfiguredHost; readonly hasShell?: boolean }): void;
  /** Takes a stripe of such a link, by the name that it was greeted with. */
  acceptStripe(stream: Duplex, link: string): void;
}

type ConfiguredHost = Config['hosts'][number];

export interface AgentLinksOptions extends Pick<HostLinkOptions, 'bulkLimit' | 'onMessage' | 'onParcel'> {
  /** What this agent says of itself. */
  readonly self: () => HostLinkOptions['self'];
  readonly log: Log;
  readonly onTaken: (link: HostLink) => void;
  readonly onDropped: (link: HostLink) => void;
  readonly onEvent: (event: Omit<AgentEvent, 'at'>) => void;
  readonly ids: HostIds;
  /** From its abort on no link is taken. */
  readonly signal: AbortSignal;
}

const STRIPES_NAME_BYTES = 18;
const ROUTED_SELF = 'This host was reached through its own name';
/** A link that was heard of within this time is not given up for another. */
const FRESH_MS = 5000;

export function createAgentLinks(options: AgentLinksOptions): AgentLinks {
  const { self, bulkLimit, onMessage, onParcel, log, onEvent, ids } = options;
  const byHost = new Map<string, HostLink>();
  const withShell = new WeakSet<HostLink>();
  const byStripes = new Map<string, HostLink>();

  const stands = (link: HostLink): boolean => byHost.get(link.hostId) === link;
  const drop = (link: HostLink): void => {
    if (stands(link)) byHost.delete(link.hostId);
    options.onDropped(link);
  };
  /** Two agents that dial each other at once agree on the link that the one with the smaller id opened. */
  const keepsStanding = (standing: HostLink, link: HostLink): boolean => {
    if (standing.dialed === link.dialed) return false;
    return standing.dialed === self().hostId < link.hostId && performance.now() - standing.channel.heardAt < FRESH_MS;
  };
  const take = (link: HostLink, host: ConfiguredHost | undefined): void => {
    if (link.hostId === self().hostId)
      throw new DsyncError(
        'SAME_AGENT',
        host === undefined ? ROUTED_SELF : `${ROUTED_SELF}: ${host.name} is this very agent`,
      );
    checkPaired(link, host);
    options.signal.throwIfAborted();
    const standing = byHost.get(link.hostId);
    if (standing !== undefined && keepsStanding(standing, link))
      throw new DsyncError('HOST_EXISTS', `A link to ${link.name} stands already`);
    if (standing !== undefined) {
      drop(standing);
      standing.close(new DsyncError('HOST_EXISTS', 'A newer link took its place'));
    }
    byHost.set(link.hostId, link);
    log.info({ host: link.name, transport: link.transport, version: link.greeting.agentVersion }, 'linked');
    onEvent({ kind: 'link', host: link.name, text: 'connected' });
    void link.closed.then((error) => {
      drop(link);
      const reason = error === undefined ? undefined : messageOf(error);
      log.info({ host: link.name, reason: reason ?? 'ended' }, 'link ended');
      onEvent({
        kind: 'link',
        host: link.name,
        text: reason === undefined ? 'disconnected' : `disconnected: ${reason}`,
      });
    });
    options.onTaken(link);
  };

  return {
    byHost,
    stands,
    hasShell: (link) => withShell.has(link),
    async greet(host, { stream, transport, openStripe }) {
      const common = { self: self(), bulkLimit, onMessage, onParcel };
      const link = await openHostLink(stream, { ...common, nameOf: () => host.name, transport, dialed: true });
      ids.met(host.name, link.hostId);
      try {
        take(link, host);
      } catch (error) {
        link.close();
        throw error;
      }
      if (openStripe !== undefined) void openStripes(link, openStripe, log);
      return link;
    },
    acceptStripe(stream, name) {
      const link = byStripes.get(name);
      if (link === undefined) stream.destroy();
      else link.channel.addStripe(stream);
    },
    accept(stream, { host, hasShell = false }) {
      const stripes = randomBytes(STRIPES_NAME_BYTES).toString('base64url');
      openHostLink(stream, {
        stripes,
        self: self(),
        bulkLimit,
        onMessage,
        onParcel,
        // A paired host is called what it was called here, whatever it says.
        nameOf: (hostId) => host?.name ?? ids.nameOf(hostId),
        transport: host === undefined ? 'incoming' : 'paired',
        dialed: false,
      }).then(
        (link) => {
          if (hasShell) withShell.add(link);
          byStripes.set(stripes, link);
          void link.closed.then(() => byStripes.delete(stripes));
          try {
            take(link, host);
          } catch (error) {
            const code = error instanceof DsyncError ? error.code : 'INTERNAL';
            link.channel.send({ type: 'bye', code, message: messageOf(error) });
            link.close();
          }
        },
        (error: unknown) => log.warn({ err: error }, 'An incoming link ended before it greeted'),
      );
    },
  };
}

/** A key stands for one agent: a paired host cannot come as another one. */
function checkPaired(link: HostLink, host: ConfiguredHost | undefined): void {
  if (host?.paired === undefined || host.paired.hostId === link.hostId) return;
  throw new DsyncError('PEER_INVALID', `${host.name} came with its key and as another agent`, {
    cure: `If its state was set up anew, pair with it again: dsync pair`,
  });
}
