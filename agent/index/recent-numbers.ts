/**
 * Which paths got the last numbers, in their order: who follows the index closely need not ask the database.
 *
 * @module
 */
import type { RelPath } from '../core/rel-path.ts';

export interface RecentNumbers {
  add(seq: number, path: RelPath): void;
  /** Those above `after`, in order; undefined where it is not known of all of them. A path may have a later number by now. */
  since(after: number): Iterable<{ readonly seq: number; readonly path: RelPath }> | undefined;
}

/** @param floor all numbers that are given out from now on are above it */
export function createRecentNumbers(floor: number, { size = 8192 } = {}): RecentNumbers {
  let items: { readonly seq: number; readonly path: RelPath }[] = [];
  let known = floor;

  /** The first place with a number above that. */
  const placeAfter = (seq: number): number => {
    let [low, high] = [0, items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((items[middle]?.seq ?? 0) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    add(seq, path) {
      if (seq <= known) return;
      // A number may be given out before another, and used after it.
      const isNext = (items.at(-1)?.seq ?? known) < seq;
      if (isNext) items.push({ seq, path });
      else items.splice(placeAfter(seq), 0, { seq, path });
      if (items.length <= size) return;
      const dropped = items.length >> 1;
      known = items[dropped - 1]?.seq ?? known;
      items = items.slice(dropped);
    },
    since: (after) => (after < known ? undefined : from(placeAfter(after))),
  };

  function* from(place: number): Generator<{ readonly seq: number; readonly path: RelPath }, void, void> {
    // What was added meanwhile may have moved all to other places.
    for (const all = items; place < all.length; place++) {
      const item = all[place];
      if (item !== undefined) yield item;
    }
  }
}
