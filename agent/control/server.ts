/**
 * The agent's unix socket. Whoever listens there is this user's one agent.
 *
 * @module
 */
import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Duplex } from 'node:stream';
import { type AbsPath, absPath } from '../../platform/abs-path.ts';
import { DsyncError, errnoOf, messageOf } from '../../platform/failure.ts';
import { withLock } from '../../platform/lock.ts';
import type { AgentApi } from './api.ts';
import { readOpening } from './opening-line.ts';
import { serveCalls } from './serve-calls.ts';

export interface ControlServer extends AsyncDisposable {
  /** Ends all control connections and takes no more; links are their owner's. Resolves once the socket is gone. */
  close(): Promise<void>;
}

export type Serving =
  | { readonly kind: 'serving'; readonly server: ControlServer }
  | { readonly kind: 'ALREADY_RUNNING' };

export interface ServeControlOptions {
  /** Calls that come in while the agent still starts wait for it. */
  readonly api: AgentApi | Promise<AgentApi>;
  /** Takes a connection that asked to be a link, with every byte that followed its opening line. */
  readonly onLink: (stream: Duplex) => void;
  /** The same for one that asked to be a stripe of a link. */
  readonly onStripe?: (stream: Duplex, link: string) => void;
  /** Takes a connection that waits for a host to be paired. */
  readonly onPair?: (stream: Duplex) => void;
  /** Asked to stop, and the reply is out. */
  readonly onStop: () => void;
}

/**
 * Listens at the socket, readable by this user alone. One that a dead agent left behind is replaced.
 *
 * @throws {DsyncError} BAD_STATE the socket's folder is not this user's alone, or cannot be written
 */
export async function serveControl(path: AbsPath, options: ServeControlOptions): Promise<Serving> {
  ownFolder(dirname(path));
  const control = new Set<Socket>();
  const server = createServer((socket) => void take(socket).catch(() => socket.destroy()));

  async function take(socket: Socket): Promise<void> {
    control.add(socket);
    socket.on('close', () => control.delete(socket));
    // A broken connection shows as its close; without a listener the error would end the agent.
    socket.on('error', () => {});
    const opening = await readOpening(socket);
    switch (opening?.open) {
      case 'control':
        return serveCalls(socket, options);
      case 'link':
        control.delete(socket);
        return options.onLink(socket);
      case 'stripe':
        control.delete(socket);
        if (options.onStripe === undefined) socket.destroy();
        else options.onStripe(socket, opening.link);
        return;
      case 'pair':
        if (options.onPair === undefined) socket.destroy();
        else options.onPair(socket);
        return;
      case undefined:
        socket.destroy();
    }
  }

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of control) socket.destroy();
    // The server counts handed-over links as its own and would wait for them; the socket's file is gone at once.
    server.unref();
    await Promise.race([closed, new Promise<void>((resolve) => setImmediate(resolve))]);
  }

  // Under a lock: of two agents that start at once, the second would else replace the socket of the first.
  const kind = await withLock(absPath(`${path}.lock`), () => listenOrFind(server, path));
  return kind === 'ALREADY_RUNNING' ? { kind } : { kind, server: { close, [Symbol.asyncDispose]: close } };
}

async function listenOrFind(server: Server, path: AbsPath): Promise<'serving' | 'ALREADY_RUNNING'> {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) {
    if (await answers(path)) return 'ALREADY_RUNNING';
    rmSync(path, { force: true });
  }
  await listen(server, path);
  return 'serving';
}

function listen(server: Server, path: AbsPath): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void =>
      reject(new DsyncError('BAD_STATE', `Could not listen at ${path}: ${messageOf(error)}`, { cause: error }));
    server.once('error', onError);
    // The socket is made within `listen`, so no other user can connect before the chmod.
    const umask = process.umask(0o177);
    try {
      server.listen(path, () => {
        server.off('error', onError);
        chmodSync(path, 0o600);
        resolve();
      });
    } finally {
      process.umask(umask);
    }
  });
}

/** Whether a live process listens at the socket. */
function answers(path: AbsPath): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', (error) => {
      const code = errnoOf(error);
      // ENOTSOCK: a plain file lies there. EAGAIN: its queue is full, so somebody listens, if slowly.
      if (code === 'ECONNREFUSED' || code === 'ENOENT' || code === 'ENOTSOCK') resolve(false);
      else if (code === 'EAGAIN') resolve(true);
      else
        reject(
          new DsyncError('BAD_STATE', `Could not look for an agent at ${path}: ${messageOf(error)}`, { cause: error }),
        );
    });
  });
}

/** The folder may lie in a shared place such as /tmp: whoever else owns it could stand in for the agent. */
function ownFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(folder);
  const user = process.getuid?.() ?? uid;
  if (uid === user && (mode & 0o022) === 0) return;
  throw new DsyncError(
    'BAD_STATE',
    `${folder} can be written by others, so the agent's socket would not be safe there`,
    {
      cure: `Make it yours alone: chmod 700 ${folder}; or set DSYNC_HOME to a folder of your own`,
    },
  );
}
