/**
 * Frames on a byte stream: four bytes of length, big-endian, then that many bytes of MessagePack. With the highest bit
 * of the length set, the bytes are deflated.
 *
 * @module
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Packr, RESERVE_START_SPACE } from 'msgpackr';
import { DsyncError } from '../../platform/failure.ts';
import { MAX_FRAME_BYTES, type Message, messageSchema } from './messages.ts';
import { entryToWire } from './wire-entry.ts';

/** Below this deflating costs more than it saves. */
const DEFLATE_BYTES = 2048;
const DEFLATED = 0x80000000;
const HEAD_BYTES = 4;
/** Frames without much content are packed one after the other into a piece of memory of about that size. */
const SHARED_BYTES = 32 << 10;
const SAMPLE_BYTES = 2048;
const WORTH_IT = 0.75;

const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });

/** @param tight the line is slower than deflating: content that looks like text is deflated as well */
export function encodeFrame(message: Message, { tight = false } = {}): Buffer {
  // Content is copied once, into the frame itself, which need not grow on the way.
  const bytes = contentBytes(message);
  if (bytes > SHARED_BYTES) packr.useBuffer(Buffer.allocUnsafeSlow(bytes + SHARED_BYTES));
  const frame: Buffer = packr.pack(
    message.type === 'batch' ? wireBatch(message) : message,
    RESERVE_START_SPACE | HEAD_BYTES,
  );
  const body = frame.subarray(HEAD_BYTES);
  const deflates =
    body.length >= DEFLATE_BYTES &&
    ((tight && looksLikeText(body)) || (message.type === 'batch' && isMostlyNames(bytes, body)));
  if (!deflates) {
    frame.writeUInt32BE(body.length, 0);
    return frame;
  }
  const deflated = deflateRawSync(body, { level: 1 });
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
  return deflateRawSync(sample, { level: 1 }).length < sample.length * WORTH_IT;
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
 * @returns a function that takes the next chunk and gives the bodies it completes, inflated
 * @throws {DsyncError} PEER_INVALID a frame is larger than the protocol allows
 */
export function createFrameReader(maxBytes = MAX_FRAME_BYTES): (chunk: Buffer) => Buffer[] {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  return (chunk) => {
    waiting.push(chunk);
    waitingBytes += chunk.length;
    const bodies: Buffer[] = [];
    let head = readHead(waiting, waitingBytes, maxBytes);
    if (head === undefined || waitingBytes < head.frameBytes) return bodies;
    let all = waiting.length === 1 ? chunk : Buffer.concat(waiting, waitingBytes);
    while (head !== undefined && all.length >= head.frameBytes) {
      const body = all.subarray(4, head.frameBytes);
      bodies.push(head.deflated ? inflate(body, maxBytes) : body);
      all = all.subarray(head.frameBytes);
      head = readHead([all], all.length, maxBytes);
    }
    waiting = all.length === 0 ? [] : [all];
    waitingBytes = all.length;
    return bodies;
  };
}

function readHead(
  chunks: readonly Buffer[],
  totalBytes: number,
  maxBytes: number,
): { frameBytes: number; deflated: boolean } | undefined {
  if (totalBytes < 4) return undefined;
  const [first] = chunks;
  const head = first !== undefined && first.length >= 4 ? first : Buffer.concat(chunks);
  const word = head.readUInt32BE(0);
  const deflated = word >= DEFLATED;
  const length = deflated ? word - DEFLATED : word;
  if (length <= maxBytes) return { frameBytes: 4 + length, deflated };
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
