/**
 * Whether two rsyncs bring a file sooner than the line brings the whole of it.
 *
 * @module
 */

/** Measured: 256 KiB to 64 MiB with something put in front, at 0 and 20 ms; docs/decisions/009-rsync-for-differences.md. */
const START_MS = 50;
const ROUND_TRIPS = 6;
/** For what takes so long, rsync's search is little, and it finds smaller pieces than samples do. */
const PATIENCE_MS = 10_000;
/** Nothing large has come over the link yet. */
const [NEAR_MS, NEAR_BYTES_PER_SECOND, FAR_BYTES_PER_SECOND] = [4, 100e6, 10e6];

export interface Line {
  /** What it took lately; infinity while that is not known. */
  readonly bytesPerSecond: number;
  readonly rttMs: number;
}

/** @param share the share of the file that is here somewhere; undefined if nobody has looked */
export function rsyncPays(sizeBytes: number, share: number | undefined, { bytesPerSecond, rttMs }: Line): boolean {
  const guess = rttMs < NEAR_MS ? NEAR_BYTES_PER_SECOND : FAR_BYTES_PER_SECOND;
  const wholeMs = (sizeBytes / (Number.isFinite(bytesPerSecond) ? bytesPerSecond : guess)) * 1000;
  return wholeMs * (share ?? 1) > START_MS + ROUND_TRIPS * rttMs || wholeMs > PATIENCE_MS;
}
