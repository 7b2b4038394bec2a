import type { ContentHash } from '../core/entry.ts';

/** Contents that were read a moment ago and are about to be sent, by hash; the oldest go when the bound is reached. */
export interface RecentContent {
  get(hash: ContentHash): Uint8Array | undefined;
  add(hash: ContentHash, content: Uint8Array): void;
  clear(): void;
}

export function createRecentContent(maxBytes = 12 << 20): RecentContent {
  const contentByHash = new Map<ContentHash, Uint8Array>();
  let totalBytes = 0;
  return {
    get: (hash) => contentByHash.get(hash),
    add(hash, content) {
      if (contentByHash.has(hash)) return;
      contentByHash.set(hash, content);
      totalBytes += content.length;
      for (const [oldest, { length }] of contentByHash) {
        if (totalBytes <= maxBytes) break;
        contentByHash.delete(oldest);
        totalBytes -= length;
      }
    },
    clear() {
      contentByHash.clear();
      totalBytes = 0;
    },
  };
}
