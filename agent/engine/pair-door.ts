/**
 * Where hosts come in that have no other way: an SSH server for those that are paired, and, while somebody here waits
 * for it, for one that is to be.
 *
 * @module
 */
import type { Duplex } from 'node:stream';
import { childPath } from '../../platform/abs-path.ts';
import { messageOf } from '../../platform/failure.ts';
import type { Home } from '../../platform/home.ts';
import { loaded } from '../../platform/loaded.ts';
import type { Log } from '../../platform/log.ts';
import { readOpening } from '../control/opening-line.ts';
import type { EmbeddedPeer, EmbeddedServer } from '../link/embedded-server.ts';
import { LINK_SUBSYSTEM, STRIPE_SUBSYSTEM } from './config/edit-pairs.ts';
import type { HostRecord } from './config/hosts-file.ts';
import { type ListenAddress, readPairing } from './config/pairing-file.ts';

/** The SSH subsystem by which a stranger asks to be paired. */
export const PAIR_SUBSYSTEM = 'dsync-pair';

export interface PairDoor {
  /** Listens as the configuration says, and cuts whose key is accepted no more. */
  apply(hosts: readonly HostRecord[]): Promise<void>;
  /**
   * Lets one stranger in, to whoever holds this stream: first a line that says where the door is, then one that says who
   * came, then what it says, as it is. Ends with the stream.
   */
  openWindow(stream: Duplex): void;
  close(): Promise<void>;
}

export interface PairDoorOptions {
  readonly home: Home;
  readonly log: Log;
  /** Takes a link that a paired host opened. */
  readonly onLink: (stream: Duplex, host: HostRecord) => void;
  /** The same for a stripe, which says of which link. */
  readonly onStripe: (stream: Duplex, link: string) => void;
}

export function createPairDoor({ home, log, onLink, onStripe }: PairDoorOptions): PairDoor {
  let hosts: readonly HostRecord[] = [];
  let server: EmbeddedServer | undefined;
  let fault: string | undefined;
  let listening: ListenAddress | undefined;
  let window: Duplex | undefined;
  let guest: EmbeddedPeer | undefined;

  const hostOf = ({ publicKey }: EmbeddedPeer): HostRecord | undefined =>
    hosts.find(({ paired }) => paired !== undefined && !paired.revoked && paired.key === publicKey);
  const cutStrangers = (): void => server?.disconnect((peer) => hostOf(peer) === undefined && peer !== guest);

  function onSubsystem(name: string, stream: Duplex, peer: EmbeddedPeer): boolean {
    if (name === PAIR_SUBSYSTEM) return letIn(stream, peer);
    const host = hostOf(peer);
    if (host === undefined) return false;
    if (name === LINK_SUBSYSTEM) onLink(stream, host);
    else if (name === STRIPE_SUBSYSTEM) void takeStripe(stream);
    else return false;
    return true;
  }

  async function takeStripe(stream: Duplex): Promise<void> {
    stream.on('error', () => undefined);
    const opening = await readOpening(stream);
    if (opening?.open === 'stripe') onStripe(stream, opening.link);
    else stream.destroy();
  }

  function letIn(stream: Duplex, peer: EmbeddedPeer): boolean {
    const waiting = window;
    if (waiting === undefined || guest !== undefined) return false;
    guest = peer;
    log.info({ from: peer.address, key: peer.fingerprint }, 'A host asks to be paired');
    waiting.write(`${JSON.stringify({ peer: { publicKey: peer.publicKey, address: peer.address } })}\n`);
    stream.on('error', () => undefined);
    // By pipes: what a stranger sends waits until it is read.
    stream.pipe(waiting);
    waiting.pipe(stream);
    waiting.once('close', () => stream.destroy());
    stream.once('close', () => waiting.end());
    return true;
  }

  async function listen(wanted: ListenAddress | undefined): Promise<void> {
    if (JSON.stringify(wanted) === JSON.stringify(listening) && fault === undefined) return;
    await server?.close();
    server = undefined;
    listening = wanted;
    fault = undefined;
    if (wanted === undefined) return;
    try {
      const { createEmbeddedServer } = await loaded(import('../link/embedded-server.ts'));
      const { loadDeviceKey } = await loaded(import('../link/device-key.ts'));
      server = await createEmbeddedServer({
        hostKey: loadDeviceKey(childPath(home.state, 'key')).privateKey,
        authorizedKeys: () =>
          hosts.flatMap(({ paired }) => (paired === undefined || paired.revoked ? [] : [paired.key])),
        acceptStrangers: () => window !== undefined && guest === undefined,
        onSubsystem,
        listen: wanted,
      });
      log.info(wanted, 'listening for paired hosts');
    } catch (error) {
      fault = messageOf(error);
      log.error({ err: error }, 'Could not listen for paired hosts');
    }
  }

  return {
    async apply(current) {
      hosts = current;
      cutStrangers();
      await listen(readPairing(home).listen);
    },
    openWindow(stream) {
      const reply = (value: object): void => void stream.write(`${JSON.stringify(value)}\n`);
      if (window !== undefined) {
        reply({ fault: 'Another terminal of this host waits for one to be paired already' });
        stream.end();
        return;
      }
      if (server === undefined) {
        reply({ fault: fault ?? 'This host does not listen' });
        stream.end();
        return;
      }
      window = stream;
      stream.on('error', () => undefined);
      stream.once('close', () => {
        window = undefined;
        guest = undefined;
        cutStrangers();
      });
      reply({ listening: { address: server.address, port: server.port } });
    },
    async close() {
      window?.destroy();
      await server?.close();
      server = undefined;
    },
  };
}
