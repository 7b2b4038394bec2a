import { DsyncError } from '../../platform/failure.ts';
import type { Owner } from './claim.ts';
import type { Handoff } from './handoff.ts';
import type { Ledger } from './ledger.ts';

/** Which way the last session that crossed here goes back: from here to where it came from, or here from where it went. */
export type WayBack = { readonly kind: 'push' | 'pull'; readonly other: Owner; readonly handoff: Handoff };

/** @throws {DsyncError} NOT_FOUND nothing came here that is still here, and nothing left that is still there */
export function findWayBack(ledger: Ledger, self: Owner): WayBack {
  const isAt = ({ sessionKey }: Handoff, id: string): boolean => ledger.claim(sessionKey)?.owner === id;
  const came = ledger
    .incomings()
    .filter(({ handoff, phase }) => !handoff.copy && phase !== 'aborted' && isAt(handoff, self.id))
    .map(({ handoff }): WayBack => ({ kind: 'push', other: handoff.from, handoff }));
  const left = ledger
    .outgoings()
    .filter(({ handoff, phase }) => !handoff.copy && phase !== 'put-back' && isAt(handoff, handoff.to.id))
    .map(({ handoff }): WayBack => ({ kind: 'pull', other: handoff.to, handoff }));
  const last = [...came, ...left].sort((a, b) => (a.handoff.startedAt < b.handoff.startedAt ? -1 : 1)).at(-1);
  if (last !== undefined) return last;
  throw new DsyncError('NOT_FOUND', 'No session came here from another host, and none of this host is elsewhere', {
    cure: 'Name the host: switch-host HOST',
  });
}
