/**
 * Where content was seen last, by its hash: the number of the record that named it. Sixteen bytes an entry, as a root has
 * many, and a hint: two hashes that begin alike share an entry, and what it names may be gone.
 *
 * @module
 */
import type { ContentHash } from '../core/entry.ts';

export interface ContentBook {
  add(hash: ContentHash, seq: number): void;
  get(hash: ContentHash): number | undefined;
}

const FIRST_SLOTS = 1 << 10;
const MAX_LOAD = 0.7;
/** Of a hash: 48 bits, as 8 characters of base64url. */
const PREFIX_CHARS = 8;

export function createContentBook(): ContentBook {
  let keys = new Float64Array(FIRST_SLOTS);
  let seqs = new Float64Array(FIRST_SLOTS);
  let count = 0;

  const slotOf = (key: number): number => {
    const mask = keys.length - 1;
    let slot = (key ^ (key / 0x1_0000_0000)) & mask;
    while (keys[slot] !== 0 && keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  };
  const grow = (): void => {
    const [oldKeys, oldSeqs] = [keys, seqs];
    keys = new Float64Array(oldKeys.length * 2);
    seqs = new Float64Array(oldKeys.length * 2);
    for (const [at, key] of oldKeys.entries()) {
      if (key === 0) continue;
      const slot = slotOf(key);
      keys[slot] = key;
      seqs[slot] = oldSeqs[at] ?? 0;
    }
  };

  return {
    add(hash, seq) {
      const key = keyOf(hash);
      const slot = slotOf(key);
      if (keys[slot] === 0) {
        keys[slot] = key;
        count++;
      }
      seqs[slot] = seq;
      if (count > keys.length * MAX_LOAD) grow();
    },
    get(hash) {
      const slot = slotOf(keyOf(hash));
      return keys[slot] === 0 ? undefined : seqs[slot];
    },
  };
}

/** Never 0, which is an empty slot. */
function keyOf(hash: ContentHash): number {
  return Buffer.from(hash.slice(0, PREFIX_CHARS).padEnd(PREFIX_CHARS, 'A'), 'base64url').readUIntBE(0, 6) + 1;
}
