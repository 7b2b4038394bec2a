/**
 * Frames on a byte stream: four bytes of length, big-endian, then that many bytes of MessagePack. With the highest bit
 * of the length set, the bytes are deflated.
 *
 * @module
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Packr, RESERVE_START_SPACE } from 'msgpackr';
import { DsyncError } from '../../platform/failure.ts';
import { entryToWire, MAX_FRAME_BYTES, type Message, messageSchema } from './messages.ts';

/** Below this deflating costs more than it saves. */
const DEFLATE_BYTES = 2048;
const DEFLATED = 0x80000000;
const HEAD_BYTES = 4;

const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });

export function encodeFrame(message: Message): Buffer {
  // Content is copied once, into the frame itself.
  const frame: Buffer = packr.pack(
    message.type === 'batch' ? wireBatch(message) : message,
    RESERVE_START_SPACE | HEAD_BYTES,
  );
  const bytes = frame.length - HEAD_BYTES;
  if (message.type !== 'batch' || bytes < DEFLATE_BYTES || contentBytes(message) * 2 >= bytes) {
    frame.writeUInt32BE(bytes, 0);
    return frame;
  }
  const deflated = deflateRawSync(frame.subarray(HEAD_BYTES), { level: 1 });
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeUInt32BE((deflated.length | DEFLATED) >>> 0, 0);
  return Buffer.concat([head, deflated]);
}

/** Entries alone are mostly names and repetitions; content is left as it is. */
function contentBytes({ items }: Extract<Message, { type: 'batch' }>): number {
  return items.reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
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
