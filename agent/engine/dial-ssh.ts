/**
 * A stream to the agent on another host, by SSH as the user's configuration has it: straight to the agent's socket where
 * that is known and the server lets us, else by a bridge, which starts the agent if need be.
 *
 * @module
 */
import type { Duplex } from 'node:stream';
import { loaded } from '../../platform/loaded.ts';
import { LINK_OPENING, readAnnouncement, stripeOpening } from '../link/bridge-announcement.ts';
import { sendAtOnce } from '../link/send-at-once.ts';
import type { SshSession } from '../link/ssh-session.ts';
import type { HostRecord } from './config/hosts-file.ts';
import type { Dial, Dialed } from './dialer.ts';
import type { SocketBook } from './socket-book.ts';

export function createSshDial(book: SocketBook): Dial {
  return async (host, signal) => {
    // An agent that is only ever dialled has no use for SSH: it starts a tenth sooner without.
    const { connect } = await loaded(import('../link/connect.ts'));
    const session = await connect(host.destination, { transport: host.transport, signal });
    try {
      const known = await straight(session, book.get(host));
      const reached = known ?? (await byBridge(session, host, book));
      // The bridge is a command already.
      if (known !== undefined) void sendAtOnce(session);
      return { ...reached, transport: session.transport, close: session.close };
    } catch (error) {
      session.close();
      throw error;
    }
  };
}

type Reached = Pick<Dialed, 'stream' | 'stderr' | 'openStripe'>;

/** Undefined where no agent listens there, or the server forbids it. */
async function straight(session: SshSession, path: string | undefined): Promise<Reached | undefined> {
  if (path === undefined) return undefined;
  const open = async (line: string): Promise<Duplex> => {
    const stream = await session.connectUnix(path);
    stream.write(line);
    return stream;
  };
  try {
    return {
      stream: await open(LINK_OPENING),
      stderr: () => '',
      openStripe: (link) => open(stripeOpening(link)),
    };
  } catch {
    return undefined;
  }
}

async function byBridge(session: SshSession, host: HostRecord, book: SocketBook): Promise<Reached> {
  const bridge = await session.exec(host.bridgeCommand);
  let said = '';
  bridge.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-4096);
  });
  const path = await readAnnouncement(bridge.stream);
  const reached = await straight(session, path);
  if (path === undefined || reached === undefined) return { stream: bridge.stream, stderr: () => said };
  book.set(host, path);
  // It ends by itself: nothing was asked of it.
  bridge.stream.on('error', () => undefined);
  bridge.stream.end();
  bridge.stream.resume();
  return reached;
}
