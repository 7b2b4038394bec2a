/**
 * Paths that may have a record, by a hash of 32 bits: what it does not know has none, and the database need not be asked.
 *
 * In a first sync every path is asked for before it is recorded, and the answer is no: from the database that takes ten
 * times as long.
 *
 * @module
 */
import type { RelPath } from '../core/rel-path.ts';

export interface PathFilter {
  add(path: RelPath): void;
  /** False: it was never added. */
  mayHave(path: RelPath): boolean;
}

const FIRST_SLOTS = 1 << 12;
const MAX_LOAD = 0.7;

export function createPathFilter(): PathFilter {
  let slots = new Uint32Array(FIRST_SLOTS);
  let count = 0;

  const slotOf = (hash: number): number => {
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== 0 && slots[slot] !== hash) slot = (slot + 1) & mask;
    return slot;
  };
  const grow = (): void => {
    const old = slots;
    slots = new Uint32Array(old.length * 2);
    for (const hash of old) if (hash !== 0) slots[slotOf(hash)] = hash;
  };
  return {
    add(path) {
      const hash = hashOf(path);
      const slot = slotOf(hash);
      if (slots[slot] === hash) return;
      slots[slot] = hash;
      count++;
      if (count > slots.length * MAX_LOAD) grow();
    },
    mayHave: (path) => slots[slotOf(hashOf(path))] !== 0,
  };
}

/** FNV-1a over UTF-16 units, its bits mixed once more; never 0, which is an empty slot. */
function hashOf(path: RelPath): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 12)) >>> 0 || 1;
}
