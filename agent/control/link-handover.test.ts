import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { connectSocket } from './client.ts';
import { latch, place, serve } from './fixtures/serving.ts';

describe('a link', () => {
  const consumers: readonly [string, (stream: Duplex) => Promise<string>][] = [
    ['at once', (stream) => text(stream)],
    ['with a data listener', (stream) => collect(stream)],
    ['after a while', (stream) => new Promise<void>((resolve) => setImmediate(resolve)).then(() => collect(stream))],
  ];
  test.each(consumers)('is handed over with the bytes that came early, read %s', async (_, read) => {
    const { home } = place();
    const received = latch<Promise<string>>();
    const onLink = (stream: Duplex): void => {
      received.open(read(stream));
      stream.write('welcome');
    };
    await using _server = await serve(home.socket, { onLink });
    const socket = await connectSocket(home.socket);
    socket.write('{"open":"link"}\n\u0000early');
    const [greeting] = await once(socket, 'data');
    expect(String(greeting)).toBe('welcome');
    socket.end(' late');
    expect(await await received.opened).toBe('\u0000early late');
  });

  test('loses nothing however its first bytes are cut', async () => {
    const { home } = place();
    const bytes = '{"open":"link"}\n0123456789\n';
    for (const cut of [1, 14, 15, 16, 17, 25]) {
      const received = latch<Promise<string>>();
      const server = await serve(home.socket, { onLink: (stream) => received.open(text(stream)) });
      const socket = connect(home.socket);
      await once(socket, 'connect');
      await new Promise<void>((resolve) => void socket.write(bytes.slice(0, cut), () => resolve()));
      socket.end(bytes.slice(cut));
      expect(await await received.opened).toBe('0123456789\n');
      await server.close();
    }
  });

  test('carries megabytes both ways, and outlives the control server', async () => {
    const { home } = place();
    const linked = latch<Duplex>();
    const server = await serve(home.socket, { onLink: linked.open });
    const socket = await connectSocket(home.socket);
    socket.write('{"open":"link"}\n');
    const stream = await linked.opened;
    await server.close();
    stream.pipe(stream);
    const sent = 'ab'.repeat(2_000_000);
    socket.end(sent);
    expect(await text(socket)).toBe(sent);
  });

  test('has stripes, which are handed over by its name; where nobody takes any they are closed', async () => {
    const { home } = place();
    const taken = latch<[string, Promise<string>]>();
    const server = await serve(home.socket, { onStripe: (stream, link) => taken.open([link, text(stream)]) });
    const stripe = await connectSocket(home.socket);
    stripe.end('{"open":"stripe","link":"name-of-the-link"}\nearly');
    const [link, received] = await taken.opened;
    expect([link, await received]).toEqual(['name-of-the-link', 'early']);
    await server.close();

    const { home: other } = place();
    await using _none = await serve(other.socket);
    for (const line of ['{"open":"stripe","link":"name-of-the-link"}', '{"open":"stripe"}']) {
      const refused = await connectSocket(other.socket);
      refused.write(`${line}\n`);
      expect(await text(refused)).toBe('');
    }
  });
});

function collect(stream: Duplex): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => resolve(Buffer.concat(chunks).toString()));
  });
}
