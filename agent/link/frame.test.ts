import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { createBufferPool } from '../../platform/buffer-pool.ts';
import type { Entry } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { EpochId } from '../core/version.ts';
import { createFrameReader, decodeMessage, encodeFrame } from './frame.ts';
import { MAX_FRAME_BYTES, type Message } from './messages.ts';

const pool = createBufferPool({ mostBytes: 512 << 10, mostFree: 24 });
const HASH = 'q_-ZWNn2Hb4-pXEXzZ0WZ3W4hPzJ3Vq1cHf0bJ3uQ2k';
const DEFLATED = 0x80000000;
const root = 'root-0001';
const epoch = 'epoch-aa' as EpochId;
const file: Entry = {
  path: 'a/é' as RelPath,
  kind: 'file',
  sizeBytes: 3,
  mtimeNs: 1_700_000_000_123_456_789n,
  mode: 0o644,
  hash: HASH,
  target: '',
  version: [[epoch, 1]],
  author: 'gpu/1234abcd',
};
const tombstone: Entry = { ...file, kind: 'tombstone', sizeBytes: 0, hash: '', mode: 0, mtimeNs: 0n };
const batch = (items: Extract<Message, { type: 'batch' }>['items']): Message => ({
  type: 'batch',
  root,
  id: 1,
  from: 2,
  to: 3,
  bulk: true,
  items,
});

const messages: Message[] = [
  { type: 'hello', protocol: 1, features: ['x'], hostId: 'h', hostName: 'n', agentVersion: '1' },
  { type: 'ping', at: 1.5 },
  { type: 'pong', at: 1.5 },
  { type: 'open', root, name: 'code', path: '~/code', epoch, seq: 7, knows: [[epoch, 3]], fresh: true, empty: false },
  { type: 'open', root, name: 'code', epoch, seq: 0, knows: [], fresh: false, empty: true },
  { type: 'refuse', root, code: 'X', message: 'no', cure: 'yes' },
  { type: 'pause', root, paused: true },
  batch([
    { entry: file, content: Buffer.from('abc') },
    { entry: file, movedFrom: tombstone },
  ]),
  batch([]),
  { type: 'ack', root, id: Number.MAX_SAFE_INTEGER },
  { type: 'caught-up', root, seq: 9 },
  { type: 'want', root, items: [{ id: 1, path: file.path, hash: HASH, offset: 2 ** 40 }] },
  { type: 'content', root, parts: [{ id: 1, offset: 0, bytes: Buffer.from([0, 255]), last: true }] },
  { type: 'credit', root, id: 1, upTo: 9 },
  { type: 'gone', root, id: 1 },
  { type: 'cancel', root, id: 1 },
  { type: 'barrier', root, id: 1 },
  { type: 'barrier-passed', root, id: 1, clean: false, reason: 'held' },
  { type: 'digest', root, id: 1, list: true },
  { type: 'digest-is', root, id: 1, digest: 'd', entries: 1, list: [[file.path, 'file 644']], last: false },
  { type: 'bye', code: 'X', message: 'bye' },
];

const decodeAll = (read: ReturnType<typeof createFrameReader>, chunk: Buffer) => read(chunk).map(decodeMessage);
const frameOf = (body: Uint8Array, bits = 0) => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE((body.length | bits) >>> 0);
  return Buffer.concat([head, body]);
};
const invalid = expect.objectContaining({ code: 'PEER_INVALID' });

describe('a frame', () => {
  test.each(messages.map((message) => [message.type, message] as const))('of “%s” comes as it went', (_, message) => {
    expect(decodeAll(createFrameReader(pool), encodeFrame(message, { pool }))).toEqual([message]);
  });

  test('may be cut at every byte', () => {
    const stream = Buffer.concat(messages.map((message) => encodeFrame(message, { pool })));
    const read = createFrameReader(pool);
    const came: Message[] = [];
    for (const byte of stream) came.push(...decodeAll(read, Buffer.from([byte])));
    expect(came).toEqual(messages);
    for (let cut = 0; cut <= stream.length; cut++) {
      const twice = createFrameReader(pool);
      const bodies = [...twice(stream.subarray(0, cut)), ...twice(stream.subarray(cut))];
      expect(bodies).toHaveLength(messages.length);
    }
  });

  test('may be cut anywhere, many to a chunk', () => {
    const stream = Buffer.concat(messages.map((message) => encodeFrame(message, { pool })));
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 8 }), (cuts) => {
        const read = createFrameReader(pool);
        const edges = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const came = edges.slice(1).flatMap((end, i) => decodeAll(read, stream.subarray(edges[i], end)));
        expect(came).toEqual(messages);
      }),
    );
  });

  test('with much content lies in memory of the pool, and nothing else does that is packed after it', () => {
    const bytes = randomBytes(100_000);
    const message: Message = { type: 'content', root, parts: [{ id: 1, offset: 0, bytes, last: true }] };
    for (const tight of [false, true]) {
      const frame = encodeFrame(message, { pool, tight });
      const next = [encodeFrame({ type: 'ping', at: 1 }, { pool }), new Packr().pack('of another packer')];
      pool.giveBack(frame);
      expect(pool.take(100_000).buffer).toBe(frame.buffer);
      for (const each of next) expect(each.buffer).not.toBe(frame.buffer);
    }
  });

  test('for a slow line is deflated where that makes it smaller', () => {
    const content = (bytes: Uint8Array): Message => ({
      type: 'content',
      root: 'root-0001',
      parts: [{ id: 1, offset: 0, bytes, last: true }],
    });
    const text = content(Buffer.from(Array.from({ length: 9000 }, (_, i) => `line ${i}\n`).join('')));
    const random = content(randomBytes(50_000));
    for (const [message, least] of [
      [text, 40_000],
      [random, 0],
    ] as const) {
      const tight = encodeFrame(message, { tight: true, pool });
      expect(encodeFrame(message, { pool }).length - tight.length).toBeGreaterThanOrEqual(least);
      expect(decodeAll(createFrameReader(pool), tight)).toEqual([message]);
    }
  });

  test('of many entries is deflated, one of much content is not', () => {
    const many = batch(
      Array.from({ length: 200 }, (_, n) => ({ entry: { ...file, path: `src/file-${n}.ts` as RelPath } })),
    );
    const deflated = encodeFrame(many, { pool });
    expect(deflated.readUInt32BE(0)).toBeGreaterThanOrEqual(DEFLATED);
    expect(deflated.length).toBeLessThan(5000);
    expect(decodeAll(createFrameReader(pool), deflated)).toEqual([many]);
    const content = batch([{ entry: file, content: randomBytes(8_000) }]);
    expect(encodeFrame(content, { pool }).readUInt32BE(0)).toBeLessThan(DEFLATED);
    expect(decodeAll(createFrameReader(pool), encodeFrame(content, { pool }))).toEqual([content]);
  });

  test('that is too long is refused before its bytes are waited for', () => {
    for (const bits of [0, DEFLATED]) {
      const head = Buffer.alloc(4);
      head.writeUInt32BE(((MAX_FRAME_BYTES + 1) | bits) >>> 0);
      expect(() => createFrameReader(pool)(head)).toThrow(invalid);
      const inTwo = createFrameReader(pool);
      expect(inTwo(head.subarray(0, 3))).toEqual([]);
      expect(() => inTwo(head.subarray(3))).toThrow(invalid);
    }
  });

  test('that inflates to too much is refused', () => {
    const bomb = deflateRawSync(Buffer.alloc(64 << 20));
    expect(bomb.length).toBeLessThan(MAX_FRAME_BYTES);
    expect(() => createFrameReader(pool)(frameOf(bomb, DEFLATED))).toThrow(invalid);
  });

  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a number', new Packr().pack(7)],
    ['no message', new Packr({ useRecords: false }).pack({ hello: 'you' })],
    ['a message cut short', encodeFrame({ type: 'ping', at: 1 }, { pool }).subarray(4, -1)],
    ['two messages in one', Buffer.concat([1, 2].map((at) => encodeFrame({ type: 'ping', at }, { pool }).subarray(4)))],
  ])('of %s is refused', (_, body) => {
    const [read] = createFrameReader(pool)(frameOf(body));
    expect(() => decodeMessage(read ?? Buffer.alloc(0))).toThrow(invalid);
  });

  test('of garbage that says it is deflated is refused', () => {
    expect(() => createFrameReader(pool)(frameOf(Buffer.from('no deflate stream'), DEFLATED))).toThrow(invalid);
  });

  test('of any bytes is a message or refused, never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, deflated) => {
        try {
          for (const body of createFrameReader(pool)(frameOf(bytes, deflated ? DEFLATED : 0))) decodeMessage(body);
        } catch (error) {
          expect(error).toEqual(invalid);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('with any byte changed is a message or refused, never anything else', () => {
    const stream = messages.map((message) => encodeFrame(message, { pool }));
    fc.assert(
      fc.property(fc.constantFrom(...stream), fc.nat(), fc.nat(255), (frame, at, byte) => {
        const body = Buffer.from(frame.subarray(4));
        body[at % body.length] = byte;
        try {
          decodeMessage(body);
        } catch (error) {
          expect(error).toEqual(invalid);
        }
      }),
      { numRuns: 500 },
    );
  });
});
