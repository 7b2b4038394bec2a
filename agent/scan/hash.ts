import { createHash, hash } from 'node:crypto';
import type { ContentHash } from '../core/entry.ts';

/** SHA-256, base64url. */
export function hashBuffer(bytes: Uint8Array | string): ContentHash {
  return hash('sha256', bytes, 'base64url');
}

/** For content that comes in parts. */
export function createHasher(): { update(bytes: Uint8Array): void; digest(): ContentHash } {
  const sha = createHash('sha256');
  return {
    update(bytes) {
      sha.update(bytes);
    },
    digest: () => sha.digest('base64url'),
  };
}
