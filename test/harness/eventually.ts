/**
 * Waiting for a state.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

const SLOWEST_POLL_MS = 250;

/**
 * Looks again and again, ever less often, until `look` no longer throws; returns what it returned.
 *
 * @param timeoutMs far more than it should ever take: then the last complaint is thrown
 */
export async function eventually<T>(look: () => T | Promise<T>, { timeoutMs = 30_000 } = {}): Promise<T> {
  const untilMs = performance.now() + timeoutMs;
  for (let pollMs = 5; ; pollMs = Math.min(SLOWEST_POLL_MS, pollMs * 1.3)) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > untilMs) throw error;
    }
    await sleep(pollMs);
  }
}

/** The same for a condition; `what` says what is waited for. */
export function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  options: { timeoutMs?: number } = {},
): Promise<void> {
  return eventually(async () => {
    if (!(await condition())) throw new Error(`Waited in vain until ${what}`);
  }, options);
}
