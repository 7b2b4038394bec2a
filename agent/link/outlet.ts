/**
 * Frames on their way into one stream. Little is handed to it at a time: what it holds can no longer be overtaken.
 *
 * @module
 */
import type { Duplex } from 'node:stream';

export interface Outlet {
  /** Written, and not taken yet. */
  readonly underWayBytes: number;
  readonly hasRoom: boolean;
  /** @param before goes ahead of the frame */
  write(frame: Buffer, before?: Buffer): void;
}

const MOST_UNDER_WAY_BYTES = 256 << 10;

/** @param onTaken the stream has no use for the frame any more */
export function createOutlet(stream: Duplex, onTaken: (frame: Buffer) => void): Outlet {
  let underWayBytes = 0;
  return {
    get underWayBytes() {
      return underWayBytes;
    },
    get hasRoom() {
      return underWayBytes < MOST_UNDER_WAY_BYTES;
    },
    write(frame, before) {
      underWayBytes += frame.length;
      if (before !== undefined) stream.write(before);
      // Counted by callbacks: the stream's own mark differs by transport, up to megabytes.
      stream.write(frame, () => {
        underWayBytes -= frame.length;
        onTaken(frame);
      });
    },
  };
}
