/**
 * A TCP proxy in user space that makes loopback behave like a far network: a one-way delay in each direction, an
 * optional bandwidth, connections that are cut or fall silent.
 *
 * The delay does not serialise: every chunk carries the time at which it is due, and any number are under way.
 *
 * @module
 */
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { createDelayLine, type DelayLine, type LinkQuality } from './delay-line.ts';

export interface TcpProxyOptions {
  readonly targetPort: number;
  /** Round trip to add: half of it each way; 0 by default. */
  readonly rttMs?: number;
  /** Bytes per second and direction; unlimited by default. */
  readonly bytesPerSecond?: number;
}

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Bytes passed on since the start, by direction; `toTarget` is what the client sent. */
  readonly bytes: () => { readonly toTarget: number; readonly fromTarget: number };
  readonly connections: () => number;
  /** Resets every connection, and each new one until {@link restore}. */
  readonly cut: () => void;
  /** Resets every connection once; new ones pass. */
  readonly reset: () => void;
  /** Nothing passes any more and nobody is told, until {@link restore} lets what was held go on. */
  readonly blackhole: () => void;
  readonly restore: () => void;
  readonly setQuality: (quality: { readonly rttMs?: number; readonly bytesPerSecond?: number }) => void;
}

type State = 'passing' | 'cut' | 'silent';

export async function startProxy({
  targetPort,
  rttMs = 0,
  bytesPerSecond = Infinity,
}: TcpProxyOptions): Promise<TcpProxy> {
  let state: State = 'passing';
  const quality: LinkQuality = { oneWayMs: rttMs / 2, bytesPerSecond };
  const passed = { toTarget: 0, fromTarget: 0 };
  const sockets = new Set<Socket>();
  const lines = new Set<DelayLine>();

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    // A reset that comes before any listener is there would end the process.
    client.on('error', () => {});
    if (state === 'cut') return void client.resetAndDestroy();
    const target = createConnection({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    join(client, target);
  });

  function join(client: Socket, target: Socket): void {
    const there = createDelayLine(client, target, quality, (n) => (passed.toTarget += n));
    const back = createDelayLine(target, client, quality, (n) => (passed.fromTarget += n));
    for (const line of [there, back]) {
      lines.add(line);
      if (state === 'silent') line.hold();
    }
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.resetAndDestroy());
      socket.on('close', () => {
        sockets.delete(socket);
        if (sockets.has(other)) return;
        for (const line of [there, back]) {
          line.close();
          lines.delete(line);
        }
      });
    }
  }

  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => ({ ...passed }),
    connections: () => sockets.size / 2,
    cut: () => {
      state = 'cut';
      reset();
    },
    reset,
    blackhole: () => {
      state = 'silent';
      for (const line of lines) line.hold();
    },
    restore: () => {
      state = 'passing';
      for (const line of lines) line.release();
    },
    setQuality: (next) => {
      if (next.rttMs !== undefined) quality.oneWayMs = next.rttMs / 2;
      if (next.bytesPerSecond !== undefined) quality.bytesPerSecond = next.bytesPerSecond;
    },
    async [Symbol.asyncDispose]() {
      reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
