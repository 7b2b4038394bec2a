import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { startProxy } from './proxy.ts';

async function startEcho() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

async function roundTripMs(socket: Socket, text: string): Promise<number> {
  const before = performance.now();
  socket.write(text);
  const [reply] = await once(socket, 'data');
  expect(String(reply)).toBe(text);
  return performance.now() - before;
}

test('a round trip takes the delay that was asked for, and many at once take no longer', async () => {
  await using echo = await startEcho();
  await using proxy = await startProxy({ targetPort: echo.port, rttMs: 40 });
  const socket = await dial(proxy.port);
  const oneMs = await roundTripMs(socket, 'hello');
  expect(oneMs).toBeGreaterThanOrEqual(39);
  const many = await Promise.all(Array.from({ length: 50 }, () => dial(proxy.port)));
  const allMs = await Promise.all(many.map((each) => roundTripMs(each, 'x')));
  expect(Math.min(...allMs)).toBeGreaterThanOrEqual(39);
  expect(Math.max(...allMs)).toBeLessThan(400);
  expect(proxy.bytes()).toEqual({ toTarget: 55, fromTarget: 55 });
  for (const each of [socket, ...many]) each.destroy();
});

test('bytes arrive whole and in order, and the end comes after them', async () => {
  await using echo = await startEcho();
  await using proxy = await startProxy({ targetPort: echo.port, rttMs: 10 });
  const socket = await dial(proxy.port);
  const sent = Buffer.alloc(20_000_000, 'abcdefghijklm');
  const received: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  socket.end(sent);
  await once(socket, 'end');
  expect(Buffer.concat(received).equals(sent)).toBe(true);
});

test('a bandwidth limit holds', async () => {
  await using echo = await startEcho();
  await using proxy = await startProxy({ targetPort: echo.port, bytesPerSecond: 1_000_000 });
  const socket = await dial(proxy.port);
  const before = performance.now();
  socket.resume();
  socket.end(Buffer.alloc(300_000));
  await once(socket, 'end');
  expect(performance.now() - before).toBeGreaterThanOrEqual(295);
});

test('cut resets what is there and what comes, restore lets in again', async () => {
  await using echo = await startEcho();
  await using proxy = await startProxy({ targetPort: echo.port });
  const socket = await dial(proxy.port);
  await roundTripMs(socket, 'before');
  const broken = once(socket, 'error');
  proxy.cut();
  expect(String((await broken)[0])).toContain('ECONNRESET');
  const refused = connect({ port: proxy.port, host: '127.0.0.1' });
  expect(String((await once(refused, 'error'))[0])).toContain('ECONNRESET');
  proxy.restore();
  const again = await dial(proxy.port);
  await roundTripMs(again, 'after');
  again.destroy();
});

test('a blackhole passes nothing and says nothing; restore passes what was held', async () => {
  await using echo = await startEcho();
  await using proxy = await startProxy({ targetPort: echo.port });
  const socket = await dial(proxy.port);
  await roundTripMs(socket, 'before');
  proxy.blackhole();
  const passedBefore = proxy.bytes().toTarget;
  socket.write('held');
  const late = await dial(proxy.port);
  late.write('also held');
  await new Promise((resolve) => setImmediate(resolve));
  expect(proxy.bytes().toTarget).toBe(passedBefore);
  const replies = Promise.all([once(socket, 'data'), once(late, 'data')]);
  proxy.restore();
  expect((await replies).map(([reply]) => String(reply))).toEqual(['held', 'also held']);
  for (const each of [socket, late]) each.destroy();
});
