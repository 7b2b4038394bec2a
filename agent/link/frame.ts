/**
 * Frames on a byte stream: four bytes of length, big-endian, then that many bytes of MessagePack. With the highest bit
 * of the length set, the bytes are deflated.
 *
 * @module
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Packr, RESERVE_START_SPACE } from 'msgpackr';
import type { BufferPool } from '../../platform/buffer-pool.ts';
import { DsyncError } from '../../platform/failure.ts';
import { MAX_FRAME_BYTES, type Message, messageSchema } from './messages.ts';
import { entryToWire } from './wire-entry.ts';

/** Below this deflating costs more than it saves. */
const DEFLATE_BYTES = 2048;
const DEFLATED = 0x80000000;
/** Its length, ahead of each frame. */
export const HEAD_BYTES = 4;
/** As much as msgpackr takes by itself. */
const NEXT_BYTES = 8 << 10;
/** Frames without much content are packed one after the other into a piece of memory of about that size. */
const SHARED_BYTES = 32 << 10;
const SAMPLE_BYTES = 2048;
const WORTH_IT = 0.75;
const EVEN = 1.2;

const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });

export interface EncodeOptions {
  /** The line is slower than deflating: content that looks like text is deflated as well. */
  readonly tight?: boolean;
  /** The frame may lie in memory of the pool, to be given back once it was written. */
  readonly pool: BufferPool;
}

export function encodeFrame(message: Message, { tight = false, pool }: EncodeOptions): Buffer {
  // Content is copied once, into the frame itself, which need not grow on the way.
  const bytes = contentBytes(message);
  const isLarge = bytes > SHARED_BYTES;
  if (isLarge) packr.useBuffer(pool.take(bytes + SHARED_BYTES));
  const frame: Buffer = packr.pack(
    message.type === 'batch' ? wireBatch(message) : message,
    RESERVE_START_SPACE | HEAD_BYTES,
  );
  // All packers of msgpackr go on in the memory that one of them was given: what comes next must not lie in the pool's.
  if (isLarge) packr.useBuffer(Buffer.allocUnsafeSlow(NEXT_BYTES));
  const body = frame.subarray(HEAD_BYTES);
  const deflates =
    body.length >= DEFLATE_BYTES &&
    ((tight && looksLikeText(body)) || (message.type === 'batch' && isMostlyNames(bytes, body)));
  if (!deflates) {
    frame.writeUInt32BE(body.length, 0);
    return frame;
  }
  const deflated = deflateRawSync(body, { level: 1 });
  pool.giveBack(frame);
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeUInt32BE((deflated.length | DEFLATED) >>> 0, 0);
  return Buffer.concat([head, deflated]);
}

/** Of files, which the message carries. */
export function contentBytes(message: Message): number {
  switch (message.type) {
    case 'batch':
      return message.items.reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
    case 'content':
      return message.parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
    default:
      return 0;
  }
}

/** What is compressed already, or random, does not get smaller; a piece from the middle tells. */
function looksLikeText(body: Buffer): boolean {
  const from = Math.max(0, Math.floor((body.length - SAMPLE_BYTES) / 2));
  const sample = body.subarray(from, from + SAMPLE_BYTES);
  if (isEven(sample)) return false;
  return deflateRawSync(sample, { level: 1 }).length < sample.length * WORTH_IT;
}

/** All values are nearly equally often in it: that tells of most that deflating cannot help, for a fiftieth of its time. */
function isEven(sample: Buffer): boolean {
  const counts = new Uint16Array(256);
  for (const value of sample) counts[value] = (counts[value] ?? 0) + 1;
  let squares = 0;
  for (const count of counts) squares += count * count;
  // Of random bytes it is what it would be if all were equally often, and once more their number.
  return squares < EVEN * (sample.length ** 2 / counts.length + sample.length);
}

/** Entries alone are names and repetitions; content is left as it is. */
function isMostlyNames(contentSize: number, body: Buffer): boolean {
  return contentSize * 2 < body.length;
}

function wireBatch(message: Extract<Message, { type: 'batch' }>) {
  return {
    ...message,
    items: message.items.map(({ entry, content, movedFrom }) => ({
      entry: entryToWire(entry),
      ...(content && { content }),
      ...(movedFrom && { movedFrom: entryToWire(movedFrom) }),
    })),
  };
}

/** @throws {DsyncError} PEER_INVALID the bytes are no message that this version knows */
export function decodeMessage(body: Uint8Array): Message {
  let raw: unknown;
  try {
    raw = packr.unpack(body);
  } catch (cause) {
    throw new DsyncError('PEER_INVALID', 'The other agent sent something that is no message', { cause });
  }
  const parsed = messageSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new DsyncError(
    'PEER_INVALID',
    `The other agent sent a message that breaks the rules: ${issue?.path.join('.')}: ${issue?.message}`,
    {
      cause: parsed.error,
    },
  );
}

/**
 * Cuts a stream of chunks into frames.
 *
 * @param pool of what comes in several chunks the body lies in memory of the pool, which may be given back
 * @returns a function that takes the next chunk and gives the bodies it completes, inflated
 * @throws {DsyncError} PEER_INVALID a frame is larger than the protocol allows
 */
export function createFrameReader(pool: BufferPool, maxBytes = MAX_FRAME_BYTES): (chunk: Buffer) => Buffer[] {
  const head = Buffer.alloc(HEAD_BYTES);
  let headBytes = 0;
  let frame: { readonly body: Buffer; readonly deflated: boolean; filled: number } | undefined;

  const whole = (body: Buffer, deflated: boolean): Buffer => {
    if (!deflated) return body;
    const inflated = inflate(body, maxBytes);
    pool.giveBack(body);
    return inflated;
  };
  return (chunk) => {
    const bodies: Buffer[] = [];
    for (let at = 0; at < chunk.length; ) {
      if (frame === undefined) {
        const count = chunk.copy(head, headBytes, at, at + HEAD_BYTES - headBytes);
        at += count;
        headBytes += count;
        if (headBytes < HEAD_BYTES) break;
        headBytes = 0;
        const { length, deflated } = parseHead(head.readUInt32BE(0), maxBytes);
        if (chunk.length - at >= length) {
          bodies.push(whole(chunk.subarray(at, at + length), deflated));
          at += length;
          continue;
        }
        frame = { body: pool.take(length).subarray(0, length), deflated, filled: 0 };
      }
      const { body, deflated } = frame;
      const count = chunk.copy(body, frame.filled, at);
      at += count;
      frame.filled += count;
      if (frame.filled < body.length) break;
      frame = undefined;
      bodies.push(whole(body, deflated));
    }
    return bodies;
  };
}

/** The first word of a frame. */
function parseHead(word: number, maxBytes: number): { length: number; deflated: boolean } {
  const deflated = word >= DEFLATED;
  const length = deflated ? word - DEFLATED : word;
  if (length <= maxBytes) return { length, deflated };
  throw new DsyncError(
    'PEER_INVALID',
    `The other agent announced a frame of ${length} bytes; at most ${maxBytes} are allowed`,
  );
}

function inflate(body: Buffer, maxBytes: number): Buffer {
  try {
    return inflateRawSync(body, { maxOutputLength: maxBytes });
  } catch (cause) {
    throw new DsyncError('PEER_INVALID', 'The other agent sent a frame that cannot be inflated', { cause });
  }
}
