/**
 * A link from its first byte to its last: greeting, heartbeat, and every message handed to whom it is for.
 *
 * @module
 */
import type { Duplex } from 'node:stream';
import { DsyncError } from '../../platform/failure.ts';
import { VERSION } from '../../platform/version.ts';
import { type Channel, createChannel } from '../link/channel.ts';
import { type Message, type MessageOf, OLDEST_PROTOCOL, PROTOCOL } from '../link/messages.ts';
import { negotiate } from '../link/negotiate.ts';
import { createRoundTrip } from '../link/round-trip.ts';
import type { ParcelMessage } from './parcels.ts';
import type { Peer } from './root-link.ts';

export type Greeting = MessageOf<'hello'>;

export interface HostLink extends Peer {
  readonly greeting: Greeting;
  /** This host opened the link. */
  readonly dialed: boolean;
  /** How this host reaches the other: ssh2, openssh, or `incoming`. */
  readonly transport: string;
  readonly since: number;
  /** Resolves once it was asked often enough how long the way is; never if the link ends before. */
  readonly measured: Promise<void>;
  readonly closed: Promise<Error | undefined>;
  close(error?: Error): void;
}

export interface HostLinkOptions {
  readonly self: { readonly hostId: string; readonly hostName: string; readonly features: readonly string[] };
  /** Our name for the far side, as things are known by now; what it calls itself where we have none. */
  readonly nameOf: (hostId: string) => string | undefined;
  readonly transport: string;
  readonly dialed: boolean;
  readonly bulkLimit: () => number;
  /** What the other side opens stripes by, where it can. */
  readonly stripes?: string;
  readonly onMessage: (link: HostLink, message: Extract<Message, { root: string }>) => void;
  readonly onParcel: (link: HostLink, message: ParcelMessage) => void;
}

const PING_MS = 3000;
const FIRST_PINGS = 5;
const DEAD_MS = 9000;
const GREETING_MS = 20_000;

/**
 * Resolves once both have said who they are.
 *
 * @throws {DsyncError} PEER_INVALID it speaks another protocol; HOST_UNREACHABLE it ended before it said who it is
 */
export function openHostLink(stream: Duplex, options: HostLinkOptions): Promise<HostLink> {
  const { self, dialed, transport } = options;
  const spoken = { protocol: PROTOCOL, oldest: OLDEST_PROTOCOL, features: self.features };
  let link: HostLink | undefined;
  const roundTrip = createRoundTrip();
  let pongs = 0;
  let resolveMeasured = (): void => undefined;
  const measured = new Promise<void>((resolve) => {
    resolveMeasured = resolve;
  });
  return new Promise((resolve, reject) => {
    const greet = (greeting: Greeting) => {
      clearTimeout(deadline);
      const agreed = negotiate(spoken, greeting);
      if (agreed.kind === 'too-old') throw tooOld(agreed.side, greeting, options);
      link = {
        hostId: greeting.hostId,
        get name() {
          return options.nameOf(greeting.hostId) ?? greeting.hostName;
        },
        channel,
        greeting,
        features: agreed.features,
        dialed,
        transport,
        since: Date.now(),
        measured,
        get rttMs() {
          return roundTrip.ms;
        },
        closed: channel.closed,
        close: channel.close,
      };
      channel.send({ type: 'ping', at: performance.now() });
      resolve(link);
    };
    const onMessage = (message: Message): void => {
      switch (message.type) {
        case 'hello':
          if (link !== undefined) throw new DsyncError('PEER_INVALID', 'The other agent greeted twice');
          greet(message);
          return;
        case 'ping':
          channel.send({ type: 'pong', at: message.at });
          return;
        case 'pong': {
          roundTrip.answered(Math.max(0, performance.now() - message.at));
          // The first answers are late: both sides are just starting.
          if (++pongs < FIRST_PINGS) channel.send({ type: 'ping', at: performance.now() });
          else resolveMeasured();
          return;
        }
        case 'bye':
          channel.close(new DsyncError('HOST_UNREACHABLE', message.message));
          return;
        default:
          if (link === undefined) throw new DsyncError('PEER_INVALID', 'The other agent did not greet first');
          if ('root' in message) options.onMessage(link, message);
          else options.onParcel(link, message);
      }
    };
    const channel: Channel = createChannel(stream, onMessage, { bulkLimit: options.bulkLimit });
    const deadline = setTimeout(
      () => channel.close(new DsyncError('TIMEOUT', 'The other agent did not greet in time')),
      GREETING_MS,
    );
    const heartbeat = setInterval(() => {
      if (performance.now() - channel.heardAt > DEAD_MS)
        channel.close(new DsyncError('HOST_UNREACHABLE', `Nothing was heard for ${DEAD_MS / 1000} s`));
      else if (link !== undefined) channel.send({ type: 'ping', at: performance.now() });
    }, PING_MS);
    void channel.closed.then((error) => {
      clearTimeout(deadline);
      clearInterval(heartbeat);
      if (link === undefined)
        reject(error ?? new DsyncError('HOST_UNREACHABLE', 'The connection ended before the other agent answered'));
    });
    channel.send({
      type: 'hello',
      ...spoken,
      features: [...spoken.features],
      hostId: self.hostId,
      hostName: self.hostName,
      agentVersion: VERSION,
      ...(options.stripes !== undefined && { stripes: options.stripes }),
    });
  });
}

/** Says which of the two must be upgraded, and how that is done from here. */
function tooOld(side: 'ours' | 'theirs', greeting: Greeting, { self, nameOf }: HostLinkOptions): DsyncError {
  const theirs = nameOf(greeting.hostId) ?? greeting.hostName;
  const older = side === 'ours' ? self.hostName : theirs;
  return new DsyncError(
    'PEER_INVALID',
    `${theirs} has dsync ${greeting.agentVersion} and protocol ${greeting.protocol}, this host ${VERSION} and ${PROTOCOL}; ${older} must be upgraded`,
    {
      cure:
        side === 'ours'
          ? `Upgrade dsync on this host; or from ${theirs}: dsync host upgrade ${self.hostName}`
          : `dsync host upgrade ${theirs}`,
    },
  );
}
