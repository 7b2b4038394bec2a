import { setTimeout as sleep } from 'node:timers/promises';
import type { Outgoing } from './handoff.ts';
import { isUnfinished, type OwnHost } from './own-steps.ts';

const LOOK_MS = 100;

/**
 * Waits for other processes that work at handoffs of this host: the agent may be ending one that was cut off.
 *
 * @returns those at which one still works when the time is up
 */
export async function untilIdle(
  { ledger, isWorking, worker }: OwnHost,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<readonly Outgoing[]> {
  const untilMs = performance.now() + timeoutMs;
  for (;;) {
    const busy = ledger
      .outgoings()
      .filter((one) => isUnfinished(one) && one.worker.pid !== worker.pid && isWorking(one.worker));
    if (busy.length === 0 || performance.now() > untilMs) return busy;
    await sleep(LOOK_MS, undefined, { signal });
  }
}
