/**
 * Frames on a byte stream: four bytes of length, big-endian, then that many bytes of MessagePack.
 *
 * @module
 */
import { Packr } from 'msgpackr';
import { DsyncError } from '../../platform/failure.ts';
import { entryToWire, MAX_FRAME_BYTES, type Message, messageSchema } from './messages.ts';

const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });

export function encodeFrame(message: Message): Buffer {
  const body: Buffer = packr.pack(message.type === 'batch' ? wireBatch(message) : message);
  const frame = Buffer.allocUnsafe(4 + body.length);
  frame.writeUInt32BE(body.length, 0);
  body.copy(frame, 4);
  return frame;
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
 * @returns a function that takes the next chunk and gives the bodies it completes
 * @throws {DsyncError} PEER_INVALID a frame is larger than the protocol allows
 */
export function createFrameReader(maxBytes = MAX_FRAME_BYTES): (chunk: Buffer) => Buffer[] {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  return (chunk) => {
    waiting.push(chunk);
    waitingBytes += chunk.length;
    const bodies: Buffer[] = [];
    let needed = frameBytes(waiting, waitingBytes, maxBytes);
    if (needed === undefined || waitingBytes < needed) return bodies;
    let all = waiting.length === 1 ? chunk : Buffer.concat(waiting, waitingBytes);
    while (needed !== undefined && all.length >= needed) {
      bodies.push(all.subarray(4, needed));
      all = all.subarray(needed);
      needed = frameBytes([all], all.length, maxBytes);
    }
    waiting = all.length === 0 ? [] : [all];
    waitingBytes = all.length;
    return bodies;
  };
}

function frameBytes(chunks: readonly Buffer[], totalBytes: number, maxBytes: number): number | undefined {
  if (totalBytes < 4) return undefined;
  let head = chunks[0] ?? Buffer.alloc(0);
  if (head.length < 4) head = Buffer.concat(chunks.slice(0, 4), Math.min(totalBytes, 16));
  const length = head.readUInt32BE(0);
  if (length > maxBytes)
    throw new DsyncError(
      'PEER_INVALID',
      `The other agent announced a frame of ${length} bytes; at most ${maxBytes} are allowed`,
    );
  return 4 + length;
}
