/**
 * Puts what came by several streams in the order in which it was sent.
 *
 * @module
 */
import { DsyncError } from '../../platform/failure.ts';

/** Where a message belongs that went by a stripe. */
export interface Place {
  /** Among all that go by stripes, from 0. */
  readonly number: number;
  /** So many frames had been written to the link's first stream before it. */
  readonly after: number;
}

export interface StripeOrder {
  /** @throws {DsyncError} PEER_INVALID that number came before */
  came(place: Place, body: Buffer): void;
  /** Another frame of the first stream was dealt with. */
  passed(): void;
  /** The number that is dealt with next. */
  readonly next: number;
  /** What came before its turn. */
  readonly heldBytes: number;
}

/** Bytes of a {@link Place}. */
export const PLACE_BYTES = 12;
const NUMBER_BYTES = 6;

export function writePlace({ number, after }: Place, into: Buffer, offset: number): void {
  into.writeUIntBE(number, offset, NUMBER_BYTES);
  into.writeUIntBE(after, offset + NUMBER_BYTES, NUMBER_BYTES);
}

/** @throws {DsyncError} PEER_INVALID */
export function readPlace(bytes: Buffer): Place {
  if (bytes.length !== PLACE_BYTES)
    throw new DsyncError('PEER_INVALID', 'The other agent sent a message without its place');
  return { number: bytes.readUIntBE(0, NUMBER_BYTES), after: bytes.readUIntBE(NUMBER_BYTES, NUMBER_BYTES) };
}

/** @param deal is handed each message in its turn */
export function createStripeOrder(deal: (body: Buffer) => void): StripeOrder {
  const held = new Map<number, { readonly after: number; readonly body: Buffer }>();
  let heldBytes = 0;
  let next = 0;
  let passed = 0;

  const dealAll = (): void => {
    for (let first = held.get(next); first !== undefined && first.after <= passed; first = held.get(next)) {
      held.delete(next);
      heldBytes -= first.body.length;
      next++;
      deal(first.body);
    }
  };
  return {
    came({ number, after }, body) {
      if (number < next || held.has(number))
        throw new DsyncError('PEER_INVALID', `The other agent sent message ${number} of a stripe twice`);
      held.set(number, { after, body });
      heldBytes += body.length;
      dealAll();
    },
    passed() {
      passed++;
      dealAll();
    },
    get next() {
      return next;
    },
    get heldBytes() {
      return heldBytes;
    },
  };
}
