/**
 * What the loopback interface and the disk do without dsync and without SSH.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { BareLimit } from './stage.ts';

const PINGS = 50;
const CHUNK = 1 << 20;

/** Pings a TCP server of its own, then sends it the bytes, which it writes into a file. */
export async function bareLoopback(scratch: AbsPath, bytes: number): Promise<BareLimit> {
  const sockets = new Set<Socket>();
  const path = childPath(scratch, 'bare');
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('data', (first) => {
      if (first.toString() !== 'file') {
        socket.write(first);
        socket.on('data', (chunk) => socket.write(chunk));
        return;
      }
      socket.write('ready');
      const file = socket.pipe(createWriteStream(path));
      file.once('close', () => socket.destroy());
    });
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    const pinger = connect({ port, host: '127.0.0.1', noDelay: true });
    const times: number[] = [];
    for (let i = 0; i < PINGS; i++) {
      const start = performance.now();
      pinger.write('p');
      await once(pinger, 'data');
      times.push(performance.now() - start);
    }
    pinger.destroy();
    const sender = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    sender.write('file');
    await once(sender, 'data');
    const chunk = randomBytes(CHUNK);
    const start = performance.now();
    for (let sent = 0; sent < bytes; sent += CHUNK) if (!sender.write(chunk)) await once(sender, 'drain');
    sender.end();
    await once(sender, 'close');
    const seconds = (performance.now() - start) / 1000;
    times.sort((a, b) => a - b);
    return {
      rttMs: times[PINGS >> 1] ?? 0,
      bytesPerSecond: bytes / seconds,
      by: 'plain TCP on the loopback, into a file',
    };
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}
