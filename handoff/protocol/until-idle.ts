import { setTimeout as sleep } from 'node:timers/promises';
import type { Incoming, Outgoing } from './handoff.ts';
import { isUnfinished, type OwnHost } from './own-steps.ts';
import { isOpen } from './recover.ts';

const LOOK_MS = 100;

/**
 * Does `work` each time that no other process works at a handoff of this host, until none does afterwards: the agent or
 * the other host may be ending one that was cut off, may take one up meanwhile, and may leave it half done.
 *
 * @returns those at which one still works when the time is up; `work` was done once at least
 */
export async function untilIdle(
  host: Pick<OwnHost, 'ledger' | 'isWorking' | 'worker'>,
  work: () => Promise<void>,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<readonly (Outgoing | Incoming)[]> {
  const untilMs = performance.now() + timeoutMs;
  const isOver = (): boolean => performance.now() > untilMs;
  for (;;) {
    while (worksOfOthers(host).length > 0 && !isOver()) await sleep(LOOK_MS, undefined, { signal });
    await work();
    const busy = worksOfOthers(host);
    if (busy.length === 0 || isOver()) return busy;
  }
}

function worksOfOthers({
  ledger,
  isWorking,
  worker: own,
}: Pick<OwnHost, 'ledger' | 'isWorking' | 'worker'>): (Outgoing | Incoming)[] {
  return [...ledger.outgoings().filter(isUnfinished), ...ledger.incomings().filter(isOpen)].filter(
    ({ worker }) => worker.pid !== own.pid && isWorking(worker),
  );
}
