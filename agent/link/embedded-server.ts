/**
 * An SSH server in this process, for hosts without sshd: it knows named subsystems and nothing else. No shell, no
 * command, no forwarding; who comes in is known by a public key alone.
 *
 * @module
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type AuthContext, type Connection } from 'ssh2';
import { DsyncError, messageOf } from '../../platform/failure.ts';
import { parsePublicLine } from './identities-file.ts';
import { fingerprint, keyType } from './known-hosts.ts';
import { createChannelStream } from './ssh2-session-stream.ts';

export interface EmbeddedPeer {
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly publicKey: string;
  readonly fingerprint: string;
  /** Where it came from. */
  readonly address: string;
}

export interface EmbeddedServer {
  readonly address: string;
  readonly port: number;
  /** Cuts the connections of those who logged in and are meant. */
  disconnect(isMeant: (peer: EmbeddedPeer) => boolean): void;
  /** Stops listening and cuts all connections. */
  close(): Promise<void>;
}

export interface EmbeddedServerOptions {
  /** In OpenSSH's format, without a passphrase. */
  readonly hostKey: string;
  /** OpenSSH public key lines; asked at every login, so that a key may come and go. */
  readonly authorizedKeys: () => readonly string[];
  /** Whether whoever owns an Ed25519 key may come in just now, known or not; nobody by default. */
  readonly acceptStrangers?: () => boolean;
  /** Takes the stream and returns true, or returns false where there is no such subsystem. */
  readonly onSubsystem: (name: string, stream: Duplex, peer: EmbeddedPeer) => boolean;
  /** Loopback and a free port by default. */
  readonly listen?: { readonly address?: string; readonly port?: number };
}

/** Who has not logged in by then is cut. */
const LOGIN_MS = 20_000;
const MAX_STRANGERS = 64;

/** @throws {DsyncError} BAD_INPUT the host key cannot be used; BAD_STATE the address cannot be listened on */
export async function createEmbeddedServer({
  hostKey,
  authorizedKeys,
  acceptStrangers = () => false,
  onSubsystem,
  listen: { address = '127.0.0.1', port = 0 } = {},
}: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const sockets = new Set<Socket>();
  const strangers = new Set<Socket>();
  const peerBySocket = new Map<Socket, EmbeddedPeer>();
  checkHostKey(hostKey);

  function onConnection(connection: Connection, socket: Socket): void {
    const streams = new Set<Duplex>();
    let peer: EmbeddedPeer | undefined;
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => {
      const key = acceptedKey(context, authorizedKeys(), acceptStrangers());
      if (key === undefined) {
        context.reject(['publickey']);
        return;
      }
      if (key.isProven) {
        peer ??= {
          publicKey: `${keyType(key.blob)} ${key.blob.toString('base64')}`,
          fingerprint: fingerprint(key.blob),
          address: socket.remoteAddress ?? '',
        };
        peerBySocket.set(socket, peer);
      }
      context.accept();
    });
    connection.on('ready', () => {
      strangers.delete(socket);
    });
    connection.on('session', (accept) => {
      const session = accept();
      session.on('subsystem', (acceptSubsystem, reject, { name }) => {
        const { stream, attach } = createChannelStream();
        if (peer === undefined || !onSubsystem(name, stream, peer)) {
          stream.destroy();
          reject();
          return;
        }
        streams.add(stream);
        stream.once('close', () => streams.delete(stream));
        const channel = acceptSubsystem();
        if (channel) attach(channel);
        else stream.destroy();
      });
    });
    // Before ssh2 ends its channels, which would look as if the other side had.
    socket.prependOnceListener('close', () => {
      for (const stream of streams) stream.destroy(new DsyncError('HOST_UNREACHABLE', 'The connection broke'));
    });
  }

  // Without noDelay a message waits 44 ms for the acknowledgement of the one before.
  const listener = createServer({ noDelay: true }, (socket) => {
    if (strangers.size >= MAX_STRANGERS) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    strangers.add(socket);
    const timer = setTimeout(() => {
      if (strangers.has(socket)) socket.destroy();
    }, LOGIN_MS);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      sockets.delete(socket);
      strangers.delete(socket);
      peerBySocket.delete(socket);
    });
    // One for each socket: it is the only way to tell which connection came over which.
    const protocol = new ssh2.Server({ hostKeys: [hostKey] });
    protocol.on('connection', (connection: Connection) => onConnection(connection, socket));
    protocol.injectSocket(socket);
  });

  await new Promise<void>((resolve, reject) => {
    listener.once('error', (cause) => {
      reject(
        new DsyncError('BAD_STATE', `Could not listen on ${address} port ${port}: ${messageOf(cause)}`, {
          cause,
          cure: 'Choose another address or port.',
        }),
      );
    });
    listener.listen(port, address, resolve);
  });
  const bound = listener.address();
  return {
    address,
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    disconnect(isMeant) {
      for (const [socket, peer] of peerBySocket) if (isMeant(peer)) socket.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/**
 * The public key that this request proves to own, or, before the proof, asks about. Undefined where it is refused.
 */
function acceptedKey(
  context: AuthContext,
  authorizedKeys: readonly string[],
  acceptStrangers: boolean,
): { readonly blob: Buffer; readonly isProven: boolean } | undefined {
  if (context.method !== 'publickey') return undefined;
  const asked = context.key.data;
  let blob: Buffer | undefined;
  for (const line of authorizedKeys) {
    const key = parsePublicLine(line);
    // All of them are compared, so that time tells nothing of which one it was.
    if (key !== undefined && key.length === asked.length && timingSafeEqual(key, asked)) blob = key;
  }
  if (acceptStrangers && context.key.algo === 'ssh-ed25519' && keyType(asked) === 'ssh-ed25519') blob ??= asked;
  if (blob === undefined) return undefined;
  if (context.signature === undefined) return { blob, isProven: false };
  const key = ssh2.utils.parseKey(`${keyType(blob)} ${blob.toString('base64')}`);
  if (key instanceof Error || context.blob === undefined) return undefined;
  // It returns an error, which is no `true`, where the signature is of the wrong form.
  const isProven = key.verify(context.blob, context.signature, context.hashAlgo) === true;
  return isProven ? { blob, isProven } : undefined;
}

function checkHostKey(hostKey: string): void {
  const key = ssh2.utils.parseKey(hostKey);
  if (key instanceof Error) throw new DsyncError('BAD_INPUT', `The host key cannot be used: ${key.message}`);
}
