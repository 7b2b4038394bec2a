/**
 * Further streams of a link, for bulk alone. SSH lets only so much be under way on each of its channels, with OpenSSH
 * 2 MiB: on a long way less than the line takes.
 *
 * On a stripe each message comes after a frame of 12 bytes that says where it belongs: its number among all that go by
 * stripes, and how many frames of the link's first stream come before it. So all is dealt with as if it had come by one
 * stream, in the order in which it was sent.
 *
 * @module
 */
import type { Duplex } from 'node:stream';
import type { BufferPool } from '../../platform/buffer-pool.ts';
import { DsyncError, errorOf } from '../../platform/failure.ts';
import { createFrameReader, HEAD_BYTES } from './frame.ts';
import { createOutlet, type Outlet } from './outlet.ts';
import { createStripeOrder, PLACE_BYTES, type Place, readPlace, writePlace } from './stripe-order.ts';

export interface Stripes {
  readonly count: number;
  /** Of all of them. */
  readonly underWayBytes: number;
  /** Of the one with the least under way. */
  readonly hasRoom: boolean;
  /** @param after frames written to the first stream so far */
  write(frame: Buffer, after: number): void;
  add(stream: Duplex): void;
  /** Another frame of the first stream was dealt with. */
  passed(): void;
  close(): void;
}

export interface StripesOptions {
  readonly pool: BufferPool;
  /** Is handed each message in its turn; what it throws ends the link. */
  readonly deal: (body: Buffer) => void;
  /** So many bytes came in. */
  readonly onHeard: (bytes: number) => void;
  /** A frame was taken, and its memory is free. */
  readonly onTaken: (frame: Buffer) => void;
  /** One of them is over, and with it the link. */
  readonly onOver: (error?: Error) => void;
}

const MOST = 16;
/** With more that came before its turn, a stripe waits until the others have caught up. */
const MOST_HELD_BYTES = 8 << 20;

interface Stripe {
  readonly stream: Duplex;
  readonly outlet: Outlet;
  /** Of the last message that came by it, whole. */
  readonly last: () => number;
}

export function createStripes({ pool, deal, onHeard, onTaken, onOver }: StripesOptions): Stripes {
  const stripes: Stripe[] = [];
  const order = createStripeOrder(deal);
  let sent = 0;

  const idlest = (): Outlet | undefined => {
    let least = stripes[0]?.outlet;
    for (const { outlet } of stripes)
      if (least !== undefined && outlet.underWayBytes < least.underWayBytes) least = outlet;
    return least;
  };
  /** What a stripe brings next comes after what it brought last: one whose last is dealt with may be waited for. */
  const waits = (last: number): boolean => order.heldBytes > MOST_HELD_BYTES && last >= order.next;
  const resume = (): void => {
    for (const { stream, last } of stripes) if (stream.isPaused() && !waits(last())) stream.resume();
  };

  return {
    get count() {
      return stripes.length;
    },
    get underWayBytes() {
      return stripes.reduce((sum, { outlet }) => sum + outlet.underWayBytes, 0);
    },
    get hasRoom() {
      return idlest()?.hasRoom ?? false;
    },
    write(frame, after) {
      const head = Buffer.allocUnsafe(HEAD_BYTES + PLACE_BYTES);
      head.writeUInt32BE(PLACE_BYTES, 0);
      writePlace({ number: sent++, after }, head, HEAD_BYTES);
      idlest()?.write(frame, head);
    },
    add(stream) {
      stream.on('error', onOver);
      for (const event of ['end', 'close']) stream.on(event, () => onOver());
      const read = createFrameReader(pool);
      let place: Place | undefined;
      let last = -1;
      stripes.push({ stream, outlet: createOutlet(stream, onTaken), last: () => last });
      stream.on('data', (chunk: Buffer) => {
        onHeard(chunk.length);
        try {
          for (const body of read(chunk)) {
            if (place === undefined) {
              place = readPlace(body);
              if (place.number <= last) throw new DsyncError('PEER_INVALID', 'The other agent mixed up a stripe');
              continue;
            }
            order.came(place, body);
            last = place.number;
            place = undefined;
          }
          resume();
          if (waits(last)) stream.pause();
        } catch (error) {
          onOver(errorOf(error));
        }
      });
      if (stripes.length > MOST)
        onOver(new DsyncError('PEER_INVALID', `The other agent opened more than ${MOST} stripes`));
    },
    passed() {
      order.passed();
      resume();
    },
    close() {
      for (const { stream } of stripes) {
        stream.end();
        stream.destroy();
      }
    },
  };
}
