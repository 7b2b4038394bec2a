/**
 * Block sums of large content that was read here a while ago, so that it need not be read again for them.
 *
 * @module
 */
import type { AbsPath } from '../../platform/abs-path.ts';
import type { ContentHash } from '../core/entry.ts';
import { createSummer, sumFile } from './block-sums.ts';

export interface Hasher {
  update(bytes: Uint8Array): void;
  digest(): ContentHash;
}

export interface SumBook {
  /** A hasher that notes the sums of what it hashed. */
  createHasher(): Hasher;
  note(hash: ContentHash, sums: Uint8Array): void;
  /**
   * Of that content, which the file begins with; of whatever it begins with where the hash is undefined.
   *
   * @returns undefined where the file is shorter
   */
  sumsOf(content: {
    readonly hash: ContentHash | undefined;
    readonly file: AbsPath;
    readonly sizeBytes: number;
  }): Promise<Uint8Array | undefined>;
}

/** Enough for 64 GiB of content. */
const MAX_BYTES = 4 << 20;

export function createSumBook({ createHasher }: { readonly createHasher: () => Hasher }): SumBook {
  /** The one that was used last comes last. */
  const sumsByHash = new Map<ContentHash, Uint8Array>();
  let heldBytes = 0;

  const forget = (hash: ContentHash): void => {
    heldBytes -= sumsByHash.get(hash)?.length ?? 0;
    sumsByHash.delete(hash);
  };
  const note = (hash: ContentHash, sums: Uint8Array): void => {
    forget(hash);
    sumsByHash.set(hash, sums);
    heldBytes += sums.length;
    for (const oldest of sumsByHash.keys()) {
      if (heldBytes <= MAX_BYTES) return;
      forget(oldest);
    }
  };

  return {
    note,
    createHasher() {
      const hasher = createHasher();
      const summer = createSummer();
      return {
        update(bytes) {
          hasher.update(bytes);
          summer.update(bytes);
        },
        digest() {
          const hash = hasher.digest();
          note(hash, summer.digest());
          return hash;
        },
      };
    },
    async sumsOf({ hash, file, sizeBytes }) {
      const known = hash === undefined ? undefined : sumsByHash.get(hash);
      if (hash !== undefined && known !== undefined) {
        note(hash, known);
        return known;
      }
      return await sumFile(file, sizeBytes);
    },
  };
}
