/**
 * How long a byte takes to another host and back over a session, and how much that varies.
 *
 * @module
 */
import type { SshSession } from '../link/ssh-session.ts';
import { createLineAsker } from './line-asker.ts';

const PINGS = 20;
const SLOW_MS = 250;
const JITTER_MS = 40;

export interface RoundTrip {
  readonly medianMs: number;
  /** Mean difference between one and the next, as RTP counts it (RFC 3550, 6.4.1), without the smoothing. */
  readonly jitterMs: number;
  readonly maxMs: number;
}

/** @param times at least one. Pure. */
export function summarizeRoundTrips(times: readonly number[]): RoundTrip {
  const sorted = [...times].sort((a, b) => a - b);
  const steps = times.slice(1).map((ms, i) => Math.abs(ms - (times[i] ?? ms)));
  return {
    medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
    jitterMs: steps.length === 0 ? 0 : steps.reduce((sum, ms) => sum + ms, 0) / steps.length,
    maxMs: sorted.at(-1) ?? 0,
  };
}

export function isSlow({ medianMs }: RoundTrip): boolean {
  return medianMs > SLOW_MS;
}

/** More than a person notices, and more than half of the way itself. */
export function isUneven({ medianMs, jitterMs }: RoundTrip): boolean {
  return jitterMs > JITTER_MS && jitterMs > medianMs / 2;
}

export async function measureRoundTrip(
  session: SshSession,
  { signal }: { readonly signal: AbortSignal },
): Promise<RoundTrip> {
  await using asker = await createLineAsker(session, 'exec cat', { signal });
  // The first one waits for the shell there.
  await asker.ask('ready');
  const times: number[] = [];
  for (let i = 0; i < PINGS; i++) {
    const start = performance.now();
    await asker.ask(`ping-${i}`);
    times.push(performance.now() - start);
  }
  return summarizeRoundTrips(times);
}
