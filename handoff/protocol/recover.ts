/**
 * Handoffs that were cut off, by a kill or a crash, on either side: each goes forward or back.
 *
 * @module
 */
import { messageOf } from '../../platform/failure.ts';
import type { RestoreReport } from '../restore/plan-schema.ts';
import { conclude } from './hand-over.ts';
import { type Handoff, type Incoming, type Outgoing, recoveryOf } from './handoff.ts';
import { isUnfinished, type OwnHost } from './own-steps.ts';
import type { Side, StepResult } from './steps.ts';

export interface Recovered {
  readonly handoff: Handoff;
  /** unknown: the other side cannot be asked. */
  readonly outcome: 'put-back' | 'handed-over' | 'came' | 'aborted' | 'unknown';
  readonly report?: RestoreReport | undefined;
  readonly why?: string;
}

export interface RecoverOptions {
  readonly host: OwnHost;
  readonly own: Side;
  /** The other host, if it can be asked. */
  readonly reach: (host: { readonly id: string; readonly name: string }) => Promise<Side | undefined>;
  /** What that host has written of a handoff to it. */
  readonly heard?: (handoff: Handoff) => StepResult<'settle'> | undefined;
  readonly signal: AbortSignal;
}

/** Whatever another process still works at is left alone. Never throws for one of them: the rest goes on. */
export async function recover(options: RecoverOptions): Promise<Recovered[]> {
  const { ledger } = options.host;
  const recovered: Recovered[] = [];
  for (const { handoff } of ledger.outgoings().filter(isUnfinished)) {
    const outgoing = await takeOutgoing(options.host, handoff.id);
    if (outgoing !== undefined) recovered.push(await guarded(handoff, () => recoverOutgoing(outgoing, options)));
  }
  for (const { handoff } of ledger.incomings().filter(isOpen)) {
    const incoming = await takeIncoming(options.host, handoff.id);
    if (incoming !== undefined) recovered.push(await guarded(handoff, () => recoverIncoming(incoming, options)));
  }
  return recovered;
}

export function isOpen({ closed, phase }: Incoming): boolean {
  return !closed || phase === 'preparing' || phase === 'committed';
}

async function recoverOutgoing(
  { handoff, phase }: Outgoing,
  { own, reach, heard, signal }: RecoverOptions,
): Promise<Recovered> {
  const { id } = handoff;
  switch (recoveryOf(phase)) {
    case 'put-back': {
      const { report } = await own.call('putBack', { id, why: 'it was cut off' }, { signal });
      await forgetThere(handoff, await reach(handoff.to), signal);
      return { handoff, outcome: 'put-back', report: report ?? undefined };
    }
    case 'ask':
    case 'release': {
      const to = await reach(handoff.to);
      if (to === undefined) return recoverByMail(handoff, own, heard?.(handoff), signal);
      const { outcome, report } = await conclude({ handoff, from: own, to, onStep: () => {} });
      return { handoff, outcome: outcome === 'committed' ? 'handed-over' : 'put-back', report };
    }
    case 'nothing':
      return { handoff, outcome: 'put-back' };
  }
}

/** It was never asked to commit: nothing there counts, and it need not be told. */
async function forgetThere({ id }: Handoff, to: Side | undefined, signal: AbortSignal): Promise<void> {
  try {
    await to?.call('settle', { id }, { signal });
    await to?.call('close', { id }, { signal });
  } catch {
    // It finds out by itself.
  }
}

async function recoverByMail(
  handoff: Handoff,
  own: Side,
  settled: StepResult<'settle'> | undefined,
  signal: AbortSignal,
): Promise<Recovered> {
  const { id } = handoff;
  if (settled === undefined) return { handoff, outcome: 'unknown', why: `${handoff.to.name} cannot be reached` };
  if (settled.outcome === 'aborted') {
    const { report } = await own.call('putBack', { id, why: 'it was cut off' }, { signal });
    return { handoff, outcome: 'put-back', report: report ?? undefined };
  }
  await own.call('yield', { id, claim: settled.claim }, { signal });
  await own.call('release', { id }, { signal });
  return { handoff, outcome: 'handed-over' };
}

/** What was not committed will not be. What was is restored; the other side hears of both, if it can be reached. */
async function recoverIncoming(
  { handoff, phase }: Incoming,
  { own, reach, signal }: RecoverOptions,
): Promise<Recovered> {
  const { id } = handoff;
  const { outcome } = await own.call('settle', { id }, { signal });
  const isOurs = outcome === 'committed';
  const report = isOurs && phase !== 'restored' ? (await own.call('restore', { id }, { signal })).report : undefined;
  const from = await reach(handoff.from);
  if (from !== undefined) await tell({ handoff, from, own, signal });
  return { handoff, outcome: isOurs ? 'came' : 'aborted', report };
}

async function tell({
  handoff,
  from,
  own,
  signal,
}: {
  readonly handoff: Handoff;
  readonly from: Side;
  readonly own: Side;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { id } = handoff;
  const settled = await own.call('settle', { id }, { signal });
  if (settled.outcome === 'committed') {
    await from.call('yield', { id, claim: settled.claim }, { signal });
    await from.call('release', { id }, { signal });
  } else await from.call('putBack', { id, why: 'it was cut off' }, { signal });
  await own.call('close', { id }, { signal });
}

/** Undefined where somebody works at it, or it is over. */
function takeOutgoing({ ledger, worker, isWorking }: OwnHost, id: string): Promise<Outgoing | undefined> {
  return ledger.locked(() => {
    const outgoing = ledger.outgoing(id);
    if (outgoing === undefined || !isUnfinished(outgoing) || isWorking(outgoing.worker)) return undefined;
    ledger.putOutgoing({ ...outgoing, worker });
    return outgoing;
  });
}

function takeIncoming({ ledger, worker, isWorking }: OwnHost, id: string): Promise<Incoming | undefined> {
  return ledger.locked(() => {
    const incoming = ledger.incoming(id);
    if (incoming === undefined || !isOpen(incoming) || isWorking(incoming.worker)) return undefined;
    ledger.putIncoming({ ...incoming, worker });
    return incoming;
  });
}

async function guarded(handoff: Handoff, work: () => Promise<Recovered>): Promise<Recovered> {
  try {
    return await work();
  } catch (error) {
    return { handoff, outcome: 'unknown', why: messageOf(error) };
  }
}
