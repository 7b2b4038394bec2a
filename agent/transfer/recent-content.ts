import type { ContentHash } from '../core/entry.ts';

/**
 * Contents that were read a moment ago and are about to be sent, by hash; the oldest give way.
 *
 * They lie in one ring of memory: in a flood, a piece of memory for each would be half of all garbage, and outlive what
 * is collected cheaply. So what {@link RecentContent.get} gives is to be used before anything else is read into the ring:
 * its turn to be overwritten may be the next.
 */
export interface RecentContent {
  /** Memory to read content into; what it gave before is free again, unless that was added. */
  room(sizeBytes: number): Buffer;
  /** @param content the beginning of what {@link room} gave last; larger ones, and what came from elsewhere, are not kept */
  add(hash: ContentHash, content: Uint8Array): void;
  get(hash: ContentHash): Uint8Array | undefined;
  /** Gives the memory back. */
  clear(): void;
}

interface Kept {
  readonly at: number;
  readonly content: Uint8Array;
}

export function createRecentContent(maxBytes = 6 << 20): RecentContent {
  /** In the order in which they lie in the ring, the oldest first. */
  const keptByHash = new Map<ContentHash, Kept>();
  let ring: Buffer | undefined;
  let next = 0;
  /** Those that came before, up to the first that lies elsewhere. */
  const giveWay = (from: number, to: number): void => {
    for (const [hash, { at, content }] of keptByHash) {
      if (at >= to || at + content.length <= from) break;
      keptByHash.delete(hash);
    }
  };
  return {
    room(sizeBytes) {
      if (sizeBytes > maxBytes / 2) return Buffer.allocUnsafeSlow(sizeBytes);
      ring ??= Buffer.allocUnsafeSlow(maxBytes);
      if (next + sizeBytes > maxBytes) {
        giveWay(next, maxBytes);
        next = 0;
      }
      giveWay(next, next + sizeBytes);
      return ring.subarray(next, next + sizeBytes);
    },
    add(hash, content) {
      if (content.buffer !== ring?.buffer || content.byteOffset !== ring.byteOffset + next) return;
      if (content.length === 0 || keptByHash.has(hash)) return;
      keptByHash.set(hash, { at: next, content });
      next += content.length;
    },
    get: (hash) => keptByHash.get(hash)?.content,
    clear() {
      keptByHash.clear();
      ring = undefined;
      next = 0;
    },
  };
}
