/**
 * How much a project is used, as zoxide counts it.
 *
 * Source: zoxide 0.10, src/db/mod.rs and src/db/dir.rs: the rank grows by 1 with each use; its weight depends on the time
 * since the last one; when all ranks together exceed a limit, all shrink to 90 % of it and what falls below 1 is dropped.
 *
 * @module
 */

export interface Use {
  readonly rank: number;
  /** Milliseconds since 1970. */
  readonly last: number;
}

const HOUR_MS = 3_600_000;
/** Zoxide's `_ZO_MAXAGE`. */
const MAX_RANKS = 10_000;

/** 0 where there was no use. */
export function scoreUse({ rank, last }: Use, nowMs: number): number {
  const ageMs = nowMs - last;
  if (ageMs < HOUR_MS) return rank * 4;
  if (ageMs < 24 * HOUR_MS) return rank * 2;
  return ageMs < 7 * 24 * HOUR_MS ? rank * 0.5 : rank * 0.25;
}

export function addUse(use: Use | undefined, nowMs: number): Use {
  return { rank: (use?.rank ?? 0) + 1, last: nowMs };
}

/** The same keys with smaller ranks, without those that fell below 1; as they were while the sum is within bounds. */
export function ageUses<K>(uses: ReadonlyMap<K, Use>, maxRanks = MAX_RANKS): ReadonlyMap<K, Use> {
  const sum = [...uses.values()].reduce((total, { rank }) => total + rank, 0);
  if (sum <= maxRanks) return uses;
  const factor = (0.9 * maxRanks) / sum;
  const aged = [...uses].map(([key, use]) => [key, { ...use, rank: use.rank * factor }] as const);
  return new Map(aged.filter(([, { rank }]) => rank >= 1));
}

/** Counters of one project from two copies of the registry: each host counts for itself, so the larger is the newer. */
export function mergeUse(ours: Use, theirs: Use): Use {
  return { rank: Math.max(ours.rank, theirs.rank), last: Math.max(ours.last, theirs.last) };
}
