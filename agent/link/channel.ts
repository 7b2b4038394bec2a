/**
 * Messages over one byte stream, urgent ones first; bulk by further streams, where there are any.
 *
 * @module
 */
import type { Duplex } from 'node:stream';
import { createBufferPool } from '../../platform/buffer-pool.ts';
import { DsyncError, errorOf } from '../../platform/failure.ts';
import { contentBytes, createFrameReader, decodeMessage, encodeFrame } from './frame.ts';
import { createLineSpeed } from './line-speed.ts';
import type { Message, MessageOf } from './messages.ts';
import { createOutlet } from './outlet.ts';
import { createRateLimit } from './rate-limit.ts';
import { createStripes } from './stripes.ts';
import { createYoungGarbage } from './young-garbage.ts';

export interface Channel {
  /**
   * @param bulk may wait behind everything that is not
   * @param lineBytesPerSecond the content that comes over, where the sender knows: buffers on the way may hide from the
   * channel how slow the line is
   */
  send(message: Message, options?: { readonly bulk?: boolean; readonly lineBytesPerSecond?: number }): void;
  /** Bytes that wait for the stream. */
  readonly waitingBytes: number;
  /** Calls back once what waits is below a small bound; at once if it is. */
  whenRoom(callback: () => void): void;
  /** Resolves once the stream is over, with the error that ended it, if one did. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  close(error?: Error): void;
  /** Nobody uses the content any more that came with that batch. */
  doneWith(batch: MessageOf<'batch'>): void;
  /** Bulk goes and comes by this stream too from now on, which the other side adds as well; the channel ends with it. */
  addStripe(stream: Duplex): void;
  /** How many there are. */
  readonly stripes: number;
  /** When the last bytes came in, by `performance.now()`. */
  readonly heardAt: number;
}

/** Comes before the first frame: what a login shell prints before it is not ours. */
const PREAMBLE = Buffer.from('\ndsync-link\n');
const MAX_BANNER_BYTES = 64 << 10;
const ROOM_BYTES = 512 << 10;
/** As many pieces as a flood has under way. */
const FRAME_MEMORY = { mostBytes: 512 << 10, mostFree: 24 };
/** Deflating goes at some 60 MB/s, and the other host has to inflate. */
const SLOW_BYTES_PER_S = 12_000_000;
/** Weight of the newest frame. */
const NEWEST = 0.5;

export interface ChannelOptions {
  /** Most bytes of bulk in a second, as of now; 0: as many as the line takes. */
  readonly bulkLimit?: () => number;
}

/**
 * A message that breaks the rules, or a throw of `onMessage`, ends the channel.
 *
 * @param onMessage the bytes of a `content` message are used for another once it returns
 */
export function createChannel(
  stream: Duplex,
  onMessage: (message: Message) => void,
  { bulkLimit = () => 0 }: ChannelOptions = {},
): Channel {
  const limit = createRateLimit(bulkLimit);
  const speed = createLineSpeed();
  const urgent: Buffer[] = [];
  const bulk: Buffer[] = [];
  /** What content was made of by deflating lately, as a share; 1: nothing. */
  let deflatedTo = 1;
  let waitingBytes = 0;
  /** To the first stream. */
  let writtenFrames = 0;
  let ended = false;
  let heardAt = performance.now();
  let roomCallbacks: (() => void)[] = [];
  let limitTimer: NodeJS.Timeout | undefined;
  let banner: Buffer | undefined = Buffer.alloc(0);
  const pool = createBufferPool(FRAME_MEMORY);
  const young = createYoungGarbage();
  const bodies = new WeakMap<Message, Buffer>();
  const read = createFrameReader(pool);
  let resolveClosed: (error: Error | undefined) => void = () => undefined;
  const closed = new Promise<Error | undefined>((resolve) => {
    resolveClosed = resolve;
  });

  const close = (error?: Error) => {
    if (ended) return;
    ended = true;
    clearTimeout(limitTimer);
    urgent.length = 0;
    bulk.length = 0;
    waitingBytes = 0;
    roomCallbacks = [];
    stream.end();
    stream.destroy();
    stripes.close();
    resolveClosed(error);
  };
  const deal = (body: Buffer): void => {
    if (ended) return;
    const message = decodeMessage(body);
    if (message.type === 'batch') bodies.set(message, body);
    onMessage(message);
    if (message.type === 'content') pool.giveBack(body);
  };
  const onHeard = (bytes: number): void => {
    heardAt = performance.now();
    young.passed(bytes);
  };
  const onTaken = (frame: Buffer) => {
    pool.giveBack(frame);
    young.passed(frame.length);
    speed.wrote(frame.length, isUnderWay());
    flush();
  };
  const first = createOutlet(stream, onTaken);
  const stripes = createStripes({ pool, deal, onHeard, onTaken, onOver: close });
  const isUnderWay = (): boolean => first.underWayBytes + stripes.underWayBytes > 0;
  const isSlow = (lineBytesPerSecond: number): boolean => {
    const most = bulkLimit() || Number.POSITIVE_INFINITY;
    return Math.min(speed.bytesPerSecond, lineBytesPerSecond * deflatedTo, most) < SLOW_BYTES_PER_S;
  };
  const noteDeflated = (frame: Buffer, message: Message): void => {
    const bytes = contentBytes(message);
    if (bytes > 0) deflatedTo += NEWEST * (Math.min(1, frame.length / bytes) - deflatedTo);
  };
  const nextBulk = (): Buffer | undefined => {
    if (bulk.length === 0 || limitTimer !== undefined) return undefined;
    const waitMs = limit.waitMs();
    if (waitMs > 0) {
      limitTimer = setTimeout(() => {
        limitTimer = undefined;
        flush();
      }, waitMs);
      return undefined;
    }
    const frame = bulk.shift();
    limit.took(frame?.length ?? 0);
    return frame;
  };
  const flush = () => {
    while (!ended) {
      const byStripe = urgent.length === 0 && stripes.count > 0;
      if (!(byStripe ? stripes : first).hasRoom) break;
      const frame = urgent.shift() ?? nextBulk();
      if (frame === undefined) break;
      waitingBytes -= frame.length;
      speed.writes(isUnderWay());
      if (byStripe) stripes.write(frame, writtenFrames);
      else {
        writtenFrames++;
        first.write(frame);
      }
    }
    if (waitingBytes < ROOM_BYTES && roomCallbacks.length > 0) {
      const callbacks = roomCallbacks;
      roomCallbacks = [];
      for (const callback of callbacks) callback();
    }
  };

  const skipBanner = (chunk: Buffer): Buffer | undefined => {
    banner = Buffer.concat([banner ?? Buffer.alloc(0), chunk]);
    const at = banner.indexOf(PREAMBLE);
    if (at < 0) {
      if (banner.length > MAX_BANNER_BYTES)
        throw new DsyncError(
          'PEER_INVALID',
          `No dsync agent answered; the host says: ${banner.toString('utf8', 0, 200)}`,
        );
      return undefined;
    }
    const rest = banner.subarray(at + PREAMBLE.length);
    banner = undefined;
    return rest;
  };
  stream.on('data', (chunk: Buffer) => {
    onHeard(chunk.length);
    try {
      const frames = banner === undefined ? chunk : skipBanner(chunk);
      if (frames === undefined) return;
      for (const body of read(frames)) {
        deal(body);
        stripes.passed();
      }
    } catch (error) {
      close(errorOf(error));
    }
  });
  stream.write(PREAMBLE);
  stream.on('error', (error: Error) => close(error));
  stream.on('end', () => close());
  stream.on('close', () => close());

  return {
    send(message, { bulk: isBulk = false, lineBytesPerSecond = Number.POSITIVE_INFINITY } = {}) {
      if (ended) return;
      const frame = encodeFrame(message, { tight: isBulk && isSlow(lineBytesPerSecond), pool });
      if (isBulk) noteDeflated(frame, message);
      (isBulk ? bulk : urgent).push(frame);
      waitingBytes += frame.length;
      flush();
    },
    get waitingBytes() {
      return waitingBytes;
    },
    whenRoom(callback) {
      if (waitingBytes < ROOM_BYTES) callback();
      else roomCallbacks.push(callback);
    },
    closed,
    close,
    doneWith(batch) {
      const body = bodies.get(batch);
      if (body === undefined) return;
      bodies.delete(batch);
      pool.giveBack(body);
    },
    addStripe(added) {
      if (ended) added.destroy();
      else stripes.add(added);
      flush();
    },
    get stripes() {
      return stripes.count;
    },
    get heardAt() {
      return heardAt;
    },
  };
}
