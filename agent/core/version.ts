/**
 * Version vectors: which changes a content has seen.
 *
 * A counter belongs to an *epoch*, the life of one host's index of one root: an index that was lost or came from a
 * backup gets a new epoch, so that no counter is ever used for two different contents.
 *
 * @module
 */

/** Random id of one index's life on one host. */
export type EpochId = string & { readonly __brand: 'EpochId' };

/** Counters by epoch; sorted by epoch, each above 0. Pairs in place of an object: small, ordered, quick to compare. */
export type Version = readonly (readonly [EpochId, number])[];

/** `concurrent`: each has seen a change that the other has not. */
export type Order = 'equal' | 'newer' | 'older' | 'concurrent';

/** The version of a path that nobody has heard of. */
export const NO_VERSION: Version = [];

export function counterOf(version: Version, epoch: EpochId): number {
  for (const [id, counter] of version) if (id === epoch) return counter;
  return 0;
}

/** How `a` stands to `b`: `newer` if `a` has seen all that `b` has, and more. */
export function compareVersions(a: Version, b: Version): Order {
  let i = 0;
  let j = 0;
  let newer = false;
  let older = false;
  while (i < a.length || j < b.length) {
    const left = a[i];
    const right = b[j];
    if (right === undefined || (left !== undefined && left[0] < right[0])) {
      newer = true;
      i++;
    } else if (left === undefined || right[0] < left[0]) {
      older = true;
      j++;
    } else {
      if (left[1] > right[1]) newer = true;
      if (left[1] < right[1]) older = true;
      i++;
      j++;
    }
  }
  if (newer) return older ? 'concurrent' : 'newer';
  return older ? 'older' : 'equal';
}

/** The least version that has seen both. */
export function joinVersions(a: Version, b: Version): Version {
  const order = compareVersions(a, b);
  if (order === 'equal' || order === 'newer') return a;
  if (order === 'older') return b;
  const counterById = new Map(a);
  for (const [id, counter] of b) counterById.set(id, Math.max(counter, counterById.get(id) ?? 0));
  return sorted(counterById);
}

/**
 * A local change on top of `version`.
 *
 * @param counter the index's sequence number of the change, so that it is above every counter this epoch ever used
 */
export function bumpVersion(version: Version, epoch: EpochId, counter: number): Version {
  if (version.length === 0) return [[epoch, counter]];
  const counterById = new Map(version);
  counterById.set(epoch, Math.max(counter, counterOf(version, epoch) + 1));
  return sorted(counterById);
}

function sorted(counterById: ReadonlyMap<EpochId, number>): Version {
  return [...counterById].sort(([a], [b]) => (a < b ? -1 : 1));
}
