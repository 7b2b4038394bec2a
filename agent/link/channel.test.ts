import { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createBufferPool } from '../../platform/buffer-pool.ts';
import { unheardOf } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { hashBuffer } from '../scan/hash.ts';
import { createChannel } from './channel.ts';
import { socketPair } from './fixtures/socket-pair.ts';
import { encodeFrame } from './frame.ts';
import type { Message } from './messages.ts';
import { PLACE_BYTES, writePlace } from './stripe-order.ts';

const pool = createBufferPool({ mostBytes: 512 << 10, mostFree: 24 });
const PREAMBLE = '\ndsync-link\n';
const root = 'root-0001';
const ping = (at: number): Message => ({ type: 'ping', at });
const large = (id: number): Message => ({
  type: 'content',
  root,
  parts: [{ id, offset: 0, bytes: Buffer.alloc(200 << 10, id), last: true }],
});

const batchOf = (content: Uint8Array): Message => ({
  type: 'batch',
  root,
  id: 1,
  from: 1,
  to: 1,
  bulk: true,
  items: [
    {
      entry: {
        ...unheardOf('f' as RelPath),
        kind: 'file',
        sizeBytes: content.length,
        hash: hashBuffer(content),
        author: 'here/0a1b2c3d',
      },
      content,
    },
  ],
});

/** A stream that takes what is written when it is told to. */
function createSlowStream() {
  const written: Buffer[] = [];
  const waiting: (() => void)[] = [];
  const stream = new Duplex({
    highWaterMark: 1 << 30,
    read() {},
    write(chunk: Buffer, _encoding, done) {
      written.push(Buffer.from(chunk));
      waiting.push(done);
    },
  });
  const drain = async () => {
    for (let done = waiting.shift(); done !== undefined; done = waiting.shift()) {
      done();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { stream, written, drain };
}

/** What is at the far end is up to the test. */
function createOpened() {
  const [near, far] = socketPair();
  const messages: Message[] = [];
  const channel = createChannel(near, (message) => messages.push(message));
  far.resume();
  return { channel, near, far, messages };
}

/** Resolves once everything written so far has come in. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Nothing that is written to the stream comes out at its other end until it is let go. */
function hold(stream: Duplex): () => void {
  const write = stream._write.bind(stream);
  let letGo: (() => void) | undefined;
  let held = true;
  stream._write = (chunk: Buffer, encoding, done) => {
    if (held) letGo = () => write(chunk, encoding, done);
    else write(chunk, encoding, done);
  };
  return () => {
    held = false;
    letGo?.();
  };
}

/** Two channels over two stripes. */
function createStriped() {
  const [near, far] = socketPair();
  const there: Message[] = [];
  const ours = createChannel(near, () => undefined);
  const theirs = createChannel(far, (message) => there.push(message));
  const addStripe = () => {
    const [here, away] = socketPair();
    ours.addStripe(here);
    theirs.addStripe(away);
    return { here, away };
  };
  return { ours, theirs, there, late: addStripe(), early: addStripe() };
}

describe('a channel', () => {
  test('brings messages over in order, both ways', async () => {
    const [near, far] = socketPair();
    const here: Message[] = [];
    const there: Message[] = [];
    const ours = createChannel(near, (message) => here.push(message));
    const theirs = createChannel(far, (message) => there.push(message));
    const sent = Array.from({ length: 100 }, (_, n) => ping(n));
    for (const message of sent) ours.send(message);
    theirs.send(ping(-1));
    await until(() => there.length === 100 && here.length === 1);
    expect(there).toEqual(sent);
    expect(here).toEqual([ping(-1)]);
    ours.close();
    expect(await ours.closed).toBeUndefined();
    expect(await theirs.closed).toBeUndefined();
  });

  test('lets what is urgent overtake what is bulk', async () => {
    const { stream, written, drain } = createSlowStream();
    const channel = createChannel(stream, () => undefined);
    for (let id = 1; id <= 10; id++) channel.send(large(id), { bulk: true });
    channel.send(ping(1));
    channel.send(ping(2));
    expect(channel.waitingBytes).toBeGreaterThan(1 << 20);
    await drain();
    const order = written.slice(1).map((frame) => (frame.length > 1000 ? 'bulk' : 'urgent'));
    const firstUrgent = order.indexOf('urgent');
    expect(firstUrgent).toBeLessThanOrEqual(2);
    expect(order.slice(firstUrgent, firstUrgent + 2)).toEqual(['urgent', 'urgent']);
    expect(order).toHaveLength(12);
    expect(channel.waitingBytes).toBe(0);
  });

  test('says when there is room', async () => {
    const { stream, drain } = createSlowStream();
    const channel = createChannel(stream, () => undefined);
    let calls = 0;
    channel.whenRoom(() => calls++);
    expect(calls).toBe(1);
    for (let id = 1; id <= 10; id++) channel.send(large(id), { bulk: true });
    channel.whenRoom(() => calls++);
    expect(calls).toBe(1);
    await drain();
    expect(calls).toBe(2);
  });

  test('skips what a login shell prints first, wherever it is cut', async () => {
    const bytes = Buffer.concat([Buffer.from(`Welcome!\n\ndsync-lin\n${PREAMBLE}`), encodeFrame(ping(7), { pool })]);
    for (let cut = 1; cut < bytes.length; cut++) {
      const { channel, far, messages } = createOpened();
      far.write(bytes.subarray(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      far.write(bytes.subarray(cut));
      await until(() => messages.length > 0);
      expect(messages).toEqual([ping(7)]);
      channel.close();
    }
  });

  test('ends where no agent answers, and says what was said instead', async () => {
    const { channel, far, messages } = createOpened();
    far.write(`This account is currently not available.\n${'x'.repeat(70_000)}`);
    expect(await channel.closed).toMatchObject({
      code: 'PEER_INVALID',
      message: expect.stringContaining('This account is currently not available.'),
    });
    expect(messages).toEqual([]);
  });

  test('ends once, with the first error, and says nothing more', async () => {
    const { channel, near, far, messages } = createOpened();
    far.write(PREAMBLE);
    far.write(
      Buffer.concat([encodeFrame(ping(1), { pool }), Buffer.from([0, 0, 0, 1, 0xc1]), encodeFrame(ping(2), { pool })]),
    );
    const error = await channel.closed;
    expect(error).toMatchObject({ code: 'PEER_INVALID' });
    channel.close(new Error('a later one'));
    far.write(encodeFrame(ping(3), { pool }));
    channel.send(ping(4));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await channel.closed).toBe(error);
    expect(messages).toEqual([ping(1)]);
    expect(channel.waitingBytes).toBe(0);
    expect(near.destroyed).toBe(true);
  });

  test('ends with what the receiver throws', async () => {
    const [near, far] = socketPair();
    const channel = createChannel(near, () => {
      throw new Error('out of turn');
    });
    far.resume();
    far.write(Buffer.concat([Buffer.from(PREAMBLE), encodeFrame(ping(1), { pool })]));
    expect(await channel.closed).toMatchObject({ message: 'out of turn' });
  });

  test.each<[string, (near: Duplex, far: Duplex) => void]>([
    ['the far side ends', (_, far) => far.end()],
    ['its stream is closed', (near) => near.destroy()],
  ])('is over when %s', async (_, end) => {
    const { channel, near, far } = createOpened();
    end(near, far);
    expect(await channel.closed).toBeUndefined();
  });

  test('the memory of a batch is used again once it is done with, and not before', async () => {
    const { channel, far, messages } = createOpened();
    const contentOf = (message: Message | undefined) =>
      message?.type === 'batch' ? message.items[0]?.content : undefined;
    const isInFirst = (at: number) => contentOf(messages[at])?.buffer === contentOf(messages[0])?.buffer;
    far.write(PREAMBLE);
    const bring = async (fill: number): Promise<void> => {
      const frame = encodeFrame(batchOf(Buffer.alloc(200 << 10, fill)), { pool });
      for (let at = 0; at < frame.length; at += 64 << 10) far.write(frame.subarray(at, at + (64 << 10)));
      await until(() => messages.length === fill);
    };
    await bring(1);
    await bring(2);
    const [first] = messages;
    if (first?.type === 'batch') for (const _ of ['once', 'and once more']) channel.doneWith(first);
    await bring(3);
    await bring(4);
    expect([1, 2, 3].map(isInFirst)).toEqual([false, true, false]);
    expect(Buffer.alloc(200 << 10, 2).equals(contentOf(messages[1]) ?? Buffer.alloc(0))).toBe(true);
  });

  test('is over with the error of its stream', async () => {
    const { stream } = createSlowStream();
    const channel = createChannel(stream, () => undefined);
    stream.destroy(new Error('EPIPE'));
    expect(await channel.closed).toMatchObject({ message: 'EPIPE' });
  });
});

describe('the stripes of a channel', () => {
  const idsOf = (messages: readonly Message[]): (number | string)[] =>
    messages.flatMap((message): (number | string)[] =>
      message.type === 'content' ? message.parts.map(({ id }) => id) : [message.type],
    );

  test('carry bulk, which stays in order however late they are; what is urgent does not wait for them', async () => {
    const { ours, there, late } = createStriped();
    const letGo = hold(late.here);
    const ids = Array.from({ length: 40 }, (_, n) => n + 1);
    for (const id of ids) ours.send(large(id), { bulk: true });
    ours.send(ping(1));
    await until(() => there.some(({ type }) => type === 'ping'));
    const before = idsOf(there).filter((id) => id !== 'ping');
    expect(before.length).toBeLessThan(ids.length);
    letGo();
    await until(() => there.length === ids.length + 1);
    expect(idsOf(there).filter((id) => id !== 'ping')).toEqual(ids);
    const parts = there.flatMap((message) => (message.type === 'content' ? message.parts : []));
    expect(parts.every(({ id, bytes }) => Buffer.alloc(200 << 10, id).equals(bytes))).toBe(true);
  });

  test('do not let bulk overtake what was sent before it', async () => {
    const [near, far] = socketPair();
    const there: Message[] = [];
    const ours = createChannel(near, () => undefined);
    const theirs = createChannel(far, (message) => there.push(message));
    far.pause();
    ours.send(ping(1));
    ours.send(large(1), { bulk: true });
    const [here, away] = socketPair();
    ours.addStripe(here);
    theirs.addStripe(away);
    ours.send(ping(2));
    ours.send(large(2), { bulk: true });
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(there).toEqual([]);
    far.resume();
    await until(() => there.length === 4);
    expect(idsOf(there)).toEqual(['ping', 1, 'ping', 2]);
  });

  test('a stripe that is far ahead waits for the others, and nothing is lost', async () => {
    const { ours, there, late, early } = createStriped();
    const letGo = hold(late.here);
    const count = 200;
    let sent = 0;
    const sendOne = (): void => {
      if (sent < count) ours.send(large((sent++ % 250) + 1), { bulk: true });
      if (sent < count) ours.whenRoom(() => setImmediate(sendOne));
    };
    sendOne();
    await until(() => early.away.isPaused());
    letGo();
    await until(() => there.length === count);
    expect(idsOf(there)).toEqual(Array.from({ length: count }, (_, n) => n + 1));
  });

  test('the channel ends with one of them, and they with it', async () => {
    const { ours, theirs, late, early } = createStriped();
    early.away.destroy();
    expect(await theirs.closed).toBeUndefined();
    expect(await ours.closed).toBeUndefined();
    for (const { here, away } of [late, early]) expect([here.destroyed, away.destroyed]).toEqual([true, true]);
    const [tooLate] = socketPair();
    ours.addStripe(tooLate);
    expect(tooLate.destroyed).toBe(true);
  });

  test.each<[string, (far: Duplex) => void]>([
    ['no place', (far) => far.write(encodeFrame(ping(1), { pool }))],
    ['a place that came before', (far) => [0, 1, 1].forEach((number) => void far.write(placed(number)))],
    [
      'a place behind that of another stripe’s turn',
      (far) => [1, 0].forEach((number) => void far.write(placed(number))),
    ],
    ['no message', (far) => far.write(Buffer.concat([placed(0).subarray(0, 16), Buffer.from([0, 0, 0, 1, 0xc1])]))],
  ])('end it where the other side sends %s', async (_, write) => {
    const { channel } = createOpened();
    const [near, far] = socketPair();
    channel.addStripe(near);
    far.on('error', () => undefined);
    write(far);
    expect(await channel.closed).toMatchObject({ code: 'PEER_INVALID' });
    expect(near.destroyed).toBe(true);
  });

  test('are few', async () => {
    const { channel } = createOpened();
    for (let count = 0; count < 100; count++) channel.addStripe(socketPair()[0]);
    expect(await channel.closed).toMatchObject({ code: 'PEER_INVALID' });
  });
});

/** A ping as it goes by a stripe. */
function placed(number: number): Buffer {
  const head = Buffer.alloc(4 + PLACE_BYTES);
  head.writeUInt32BE(PLACE_BYTES);
  writePlace({ number, after: 0 }, head, 4);
  return Buffer.concat([head, encodeFrame(ping(number), { pool })]);
}
