/**
 * A byte stream of its own within a link, for a program that talks to its like on the other host: always behind what is
 * urgent, and never more under way than the reader has taken.
 *
 * @module
 */
import type { Readable, Writable } from 'node:stream';

export interface Lane {
  /** What the other end wrote. @returns false where it is more than this end gave room for */
  received(bytes: Uint8Array, last: boolean): boolean;
  /** The other end has room for so many bytes in all. */
  credited(upTo: number): void;
}

/** What works at one end of a lane. */
export interface LaneRun {
  readonly from: Readable;
  readonly to: Writable;
  /** Resolves once it is over: undefined, or what went wrong, for people. Never rejects. */
  readonly ended: Promise<string | undefined>;
  /** Ends it in order. */
  stop(): void;
}

export interface LaneOptions {
  /** What this end writes; it is over when this ends. */
  readonly from: Readable;
  readonly to: Writable;
  readonly send: (bytes: Uint8Array, last: boolean) => void;
  readonly credit: (upTo: number) => void;
  /** Calls back when the link can take more. */
  readonly whenRoom: (callback: () => void) => void;
}

/** What may be under way in one direction. */
export const LANE_WINDOW_BYTES = 2 << 20;
const PART_BYTES = 128 << 10;
const NOTHING = Buffer.alloc(0);

/** Joins a local program's ends to the lane. Errors of the streams mean that it is gone, which its exit tells. */
export function joinLane({ from, to, send, credit, whenRoom }: LaneOptions): Lane {
  let sent = 0;
  let maySend = LANE_WINDOW_BYTES;
  let got = 0;
  let taken = 0;
  let granted = LANE_WINDOW_BYTES;
  let waitsForRoom = false;

  const pump = (): void => {
    while (!waitsForRoom && maySend > sent) {
      const chunk = take(Math.min(PART_BYTES, maySend - sent));
      if (chunk === undefined) return;
      send(chunk, false);
      sent += chunk.length;
      waitsForRoom = true;
      whenRoom(() => {
        waitsForRoom = false;
        // Not from within `send`: a link that always has room would never let go.
        if (maySend > sent) setImmediate(pump);
      });
    }
  };
  const take = (most: number): Buffer | undefined => {
    const available = Math.min(most, from.readableLength);
    const chunk: unknown = available === 0 ? from.read() : from.read(available);
    return Buffer.isBuffer(chunk) ? chunk : undefined;
  };
  from.on('readable', pump);
  from.once('end', () => send(NOTHING, true));
  for (const stream of [from, to]) stream.on('error', () => undefined);

  return {
    received(bytes, last) {
      got += bytes.length;
      if (got > granted) return false;
      if (to.writable && bytes.length > 0) {
        to.write(bytes, () => {
          taken += bytes.length;
          if (taken + LANE_WINDOW_BYTES - granted < LANE_WINDOW_BYTES / 2) return;
          granted = taken + LANE_WINDOW_BYTES;
          credit(granted);
        });
      }
      if (last && to.writable) to.end();
      return true;
    },
    credited(upTo) {
      maySend = Math.max(maySend, upTo);
      pump();
    },
  };
}
