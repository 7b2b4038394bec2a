import { type Claim, passOn } from './claim.ts';
import type { Handoff } from './handoff.ts';
import type { OwnHost } from './own-steps.ts';
import type { View } from './session-port.ts';

/**
 * The session is this host's from now on, without a word from the one that had it: the epoch goes up, and whoever had
 * it finds that out. Restoring it is the next step.
 */
export async function claimSession(
  { ledger, self, worker, now }: OwnHost,
  { handoff, view }: { readonly handoff: Handoff; readonly view: View },
): Promise<Claim> {
  return ledger.locked(() => {
    const incoming = { handoff, worker, view, closed: true };
    ledger.putIncoming({ ...incoming, phase: 'preparing' });
    const standing = ledger.claim(handoff.sessionKey) ?? handoff.claim;
    const base = standing.epoch > handoff.claim.epoch ? standing : handoff.claim;
    const claim = ledger.putClaim(passOn(base, { to: self, at: now(), handoff: handoff.id, takenOver: true }));
    ledger.putIncoming({ ...incoming, phase: 'committed' });
    return claim;
  });
}

/** Another host's claim, heard of: the later one counts here as well. @returns whether this host had the session until now */
export async function hearClaim({ ledger, self }: OwnHost, claim: Claim): Promise<boolean> {
  return ledger.locked(() => {
    const before = ledger.claim(claim.sessionKey);
    const later = ledger.putClaim(claim);
    return before?.owner === self.id && later.owner !== self.id;
  });
}
