/**
 * Both hosts hold the same: nothing is on its way, and one digest over everything is equal on both.
 *
 * @module
 */
import type { ControlClient } from '../../agent/control/client.ts';
import { DsyncError } from '../../platform/failure.ts';
import type { Side } from './steps.ts';

export interface BarrierOptions {
  /** Of the host that asks. */
  readonly agent: ControlClient;
  /** Our name for the other host. */
  readonly host: string;
  /** Ids and folders here. */
  readonly roots: readonly { readonly id: string; readonly name: string; readonly path: string }[];
  /** The other host, if the session comes from there: it looks for changes that its watcher has yet to see. */
  readonly from: Side | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** @throws {DsyncError} TIMEOUT what is pending; HANDOFF_REFUSED a conflict has come up */
export async function passBarrier({ agent, host, roots, from, timeoutMs, signal }: BarrierOptions): Promise<void> {
  const until = performance.now() + timeoutMs;
  await from?.call('flush', { roots: roots.map(({ id }) => id) }, { signal });
  for (const { id, name, path } of roots) {
    const left = Math.max(1000, until - performance.now());
    const waited = await agent.call('wait', { path, host, timeoutMs: Math.round(left) }, { signal });
    if (!waited.inSync) {
      throw new DsyncError(
        'TIMEOUT',
        `${name} is not in sync with ${host}: ${waited.reason ?? 'nothing was heard in time'}`,
      );
    }
    const { roots: proofs } = await agent.call('verify', { root: id, host }, { signal });
    const [proof] = proofs;
    if (proof === undefined) throw new DsyncError('TIMEOUT', `${name} is not kept in sync with ${host}`);
    if (!proof.equal) {
      const [first] = proof.differences;
      const more = proof.differences.length > 1 ? ` and ${proof.differences.length - 1} more paths` : '';
      throw new DsyncError('TIMEOUT', `${name} differs on ${host}: ${first?.path ?? 'a path'}${more}`, {
        cure: `See what differs: dsync verify ${name}`,
      });
    }
  }
  const { roots: states } = await agent.call('status', {}, { signal });
  for (const { id, name } of roots) {
    const conflicts = states.find((root) => root.id === id)?.conflicts ?? 0;
    if (conflicts > 0)
      throw new DsyncError('HANDOFF_REFUSED', `${name} has a conflict that came up just now`, {
        cure: 'dsync conflicts',
      });
  }
}
