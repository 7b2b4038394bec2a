/**
 * How far two clocks are apart, by asking the other one what time it is.
 *
 * @module
 */
import { remoteCommand } from '../link/remote-shell.ts';
import type { SshSession } from '../link/ssh-session.ts';
import { createLineAsker } from './line-asker.ts';

/** Further apart than this, the later save of two is no longer told by mtime. */
export const CLOCK_LIMIT_MS = 2000;
const SAMPLES = 5;

export interface ClockSample {
  /** This host's clock when the question went out and when the answer came, in milliseconds since 1970. */
  readonly askedAt: number;
  readonly answeredAt: number;
  /** What the other host printed: seconds since 1970, where its `date` can, with fractions. */
  readonly said: string;
}

export interface ClockDifference {
  /** Positive where the other clock is ahead. */
  readonly aheadMs: number;
  /** The truth lies within this on either side. */
  readonly uncertainMs: number;
}

/** Of the sample with the shortest way; undefined where none of them is a time. Pure. */
export function clockDifference(samples: readonly ClockSample[]): ClockDifference | undefined {
  const differences = samples.flatMap(({ askedAt, answeredAt, said }): ClockDifference[] => {
    const [, seconds, fraction] = /^(\d{9,11})(\.\d{3,9})?/.exec(said.trim()) ?? [];
    if (seconds === undefined) return [];
    // Whole seconds are cut off, not rounded: half a second later is the best guess.
    const theirs = Number(`${seconds}${fraction ?? '.5'}`) * 1000;
    const halfWay = (answeredAt - askedAt) / 2;
    return [{ aheadMs: theirs - (askedAt + halfWay), uncertainMs: halfWay + (fraction === undefined ? 500 : 0) }];
  });
  return differences.sort((a, b) => a.uncertainMs - b.uncertainMs)[0];
}

/** Whether the clocks differ for certain by more than {@link CLOCK_LIMIT_MS}. */
export function clocksDiffer({ aheadMs, uncertainMs }: ClockDifference): boolean {
  return Math.abs(aheadMs) - uncertainMs > CLOCK_LIMIT_MS;
}

/** Asks over a session; one shell there answers all questions. */
export async function measureClock(
  session: SshSession,
  { signal }: { readonly signal: AbortSignal },
): Promise<ClockDifference | undefined> {
  // Where date knows no %N it prints the letter, which is no digit and so cut off.
  const script = 'while read -r line; do echo "$line $(date +%s.%N)"; done';
  await using asker = await createLineAsker(session, remoteCommand(script), { signal });
  const samples: ClockSample[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    const askedAt = Date.now();
    const said = await asker.ask(`clock-${i}`);
    samples.push({ askedAt, answeredAt: Date.now(), said });
  }
  return clockDifference(samples);
}
