/**
 * The order of a handoff. Before the other side commits, whatever fails is put back here; afterwards all goes forward.
 *
 *     begin (from) → prepare (to) → stop (from) → barrier → offer (from) → commit (to)
 *                                                     → yield (from) → restore (to) → release (from) → close (to)
 *
 * `commit` is the one moment at which the session changes hands. Between `offer` and `yield` only the side that it goes
 * to knows whether that was, so there only that side is believed.
 *
 * @module
 */
import { DsyncError, messageOf } from '../../platform/failure.ts';
import type { RestoreReport } from '../restore/plan-schema.ts';
import type { Claim } from './claim.ts';
import type { Handoff } from './handoff.ts';
import type { View } from './session-port.ts';
import type { Side } from './steps.ts';

export interface HandOver {
  readonly handoff: Handoff;
  /** The snapshot, as a capture has it. */
  readonly packed: string;
  readonly view: View;
  readonly from: Side;
  readonly to: Side;
  /** Resolves once both hosts hold the same; rejects where they don't in time. */
  readonly barrier: () => Promise<void>;
  readonly onStep: (step: string) => void;
  readonly signal: AbortSignal;
}

type Parties = Pick<HandOver, 'handoff' | 'from' | 'to' | 'onStep'>;

/** What is left to do must be done, also where the user has just pressed Ctrl-C. */
const UNSTOPPED = new AbortController().signal;

/**
 * @returns what was restored there
 * @throws {DsyncError} what stood in the way; the session is here then, as it was. HANDOFF_IN_DOUBT: the other side
 * cannot be asked whether it has it
 */
export async function handOver(options: HandOver): Promise<RestoreReport> {
  const { handoff, packed, view, from, to, barrier, onStep, signal } = options;
  const { id } = handoff;
  onStep('begin');
  await from.call('begin', { handoff }, { signal });
  try {
    onStep('prepare');
    await to.call('prepare', { handoff, packed, view }, { signal });
    if (!handoff.copy) {
      onStep('stop');
      await from.call('stop', { id }, { signal });
    }
    onStep('barrier');
    await barrier();
    signal.throwIfAborted();
  } catch (error) {
    await backOut(options, error);
    throw error;
  }
  if (handoff.copy) return finishCopy(options);
  try {
    onStep('offer');
    await from.call('offer', { id }, { signal: UNSTOPPED });
    onStep('commit');
    await to.call('commit', { id }, { signal: UNSTOPPED });
  } catch (error) {
    if ((await outcomeOf(options, error)) === 'aborted') {
      await backOut(options, error);
      throw error;
    }
  }
  return finish(options);
}

/**
 * Ends a handoff that was cut off, as far as it can be ended: forward where the other side has it, else back.
 *
 * @returns the report of a restore or of what was put back; undefined where there was nothing to do. What was put up
 * there already stays as whoever works there has left it
 * @throws {DsyncError} HOST_UNREACHABLE, and all that the steps throw
 */
export async function conclude(
  options: Parties,
): Promise<{ readonly outcome: 'committed' | 'aborted'; readonly report: RestoreReport | undefined }> {
  const { handoff, from, to } = options;
  const { id } = handoff;
  const settled = await to.call('settle', { id }, { signal: UNSTOPPED });
  if (settled.outcome === 'committed') {
    const report = await goForward(options, settled.claim, settled.restored ? async () => undefined : putUpThere);
    return { outcome: 'committed', report };
  }
  const { report } = await from.call('putBack', { id, why: 'it was cut off' }, { signal: UNSTOPPED });
  await to.call('close', { id }, { signal: UNSTOPPED });
  return { outcome: 'aborted', report: report ?? undefined };
}

async function finish(options: Parties): Promise<RestoreReport> {
  const { id } = options.handoff;
  const settled = await options.to.call('settle', { id }, { signal: UNSTOPPED });
  if (settled.outcome === 'aborted') throw new DsyncError('INTERNAL', `The handoff ${id} was aborted after its commit`);
  return goForward(options, settled.claim, putUpThere);
}

async function goForward<R>(parties: Parties, claim: Claim, putUp: (parties: Parties) => Promise<R>): Promise<R> {
  const { handoff, from, to, onStep } = parties;
  const { id } = handoff;
  const signal = UNSTOPPED;
  onStep('yield');
  await from.call('yield', { id, claim }, { signal });
  const report = await putUp(parties);
  onStep('release');
  await from.call('release', { id }, { signal });
  await to.call('close', { id }, { signal });
  return report;
}

async function putUpThere({ handoff: { id }, to, onStep }: Parties): Promise<RestoreReport> {
  onStep('restore');
  const { report } = await to.call('restore', { id }, { signal: UNSTOPPED });
  return report;
}

async function finishCopy({ handoff, from, to, onStep, signal }: HandOver): Promise<RestoreReport> {
  const { id } = handoff;
  onStep('restore');
  const { report } = await to.call('restore', { id }, { signal });
  await from.call('release', { id }, { signal });
  await to.call('close', { id }, { signal });
  return report;
}

/** The session stays; the other side, where it can be reached, forgets that it was to come. */
async function backOut({ handoff: { id }, from, to, onStep }: HandOver, error: unknown): Promise<void> {
  onStep('put back');
  await from.call('putBack', { id, why: messageOf(error) }, { signal: UNSTOPPED });
  try {
    await to.call('settle', { id }, { signal: UNSTOPPED });
    await to.call('close', { id }, { signal: UNSTOPPED });
  } catch {
    // It was never asked to commit, or has said that it did not: nothing there counts.
  }
}

async function outcomeOf({ handoff, to }: HandOver, error: unknown): Promise<'committed' | 'aborted'> {
  try {
    return (await to.call('settle', { id: handoff.id }, { signal: UNSTOPPED })).outcome;
  } catch {
    const name = handoff.to.name;
    throw new DsyncError(
      'HANDOFF_IN_DOUBT',
      `The connection to ${name} broke at the moment of the handoff, so only ${name} knows whether it has the session ${handoff.label}`,
      { cause: error },
    );
  }
}
