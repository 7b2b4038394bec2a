/**
 * The steps of a handoff on this host: each is written down before it is taken.
 *
 * @module
 */
import { DsyncError } from '../../platform/failure.ts';
import { type Claim, firstClaim, isMadeBy, type Owner, passOn } from './claim.ts';
import type { Handoff, Outgoing, OutgoingPhase, Worker } from './handoff.ts';
import { known, type Ledger } from './ledger.ts';
import type { SessionPort } from './session-port.ts';
import type { StepTable } from './steps.ts';

export interface OwnHost {
  readonly self: Owner;
  readonly ledger: Ledger;
  readonly session: SessionPort;
  readonly worker: Worker;
  readonly isWorking: (worker: Worker) => boolean;
  readonly now: () => string;
}

/** The steps that write; those that only look are joined to them elsewhere. */
export type WritingSteps = Omit<StepTable, 'facts' | 'capture' | 'plan' | 'flush'>;

export function createOwnSteps(host: OwnHost): WritingSteps {
  const { ledger, session, worker, self } = host;

  const move = (id: string, phase: OutgoingPhase, more: Partial<Outgoing> = {}): Handoff => {
    const outgoing = known(ledger.outgoing(id), id);
    ledger.putOutgoing({ ...outgoing, ...more, worker, phase });
    return outgoing.handoff;
  };

  return {
    async begin({ handoff }) {
      await ledger.locked(() => {
        const other = ledger
          .outgoings()
          .find((one) => isUnfinished(one) && one.handoff.sessionKey === handoff.sessionKey);
        if (other !== undefined) throw busy(other, host);
        const claim = ledger.claim(handoff.sessionKey) ?? handoff.claim;
        if (claim.owner !== self.id && !handoff.copy) throw notOurs(claim);
        if (claim.epoch !== handoff.claim.epoch) throw changedMeanwhile(handoff);
        if (!handoff.copy) ledger.putClaim(claim);
        ledger.putOutgoing({ handoff, phase: 'begun', worker });
      });
      return {};
    },
    async stop({ id }, { signal }) {
      const { snapshot } = move(id, 'stopping');
      const stopped = await session.stop(snapshot, { signal });
      move(id, 'stopped');
      return { stopped };
    },
    async offer({ id }) {
      const { phase } = known(ledger.outgoing(id), id);
      // Recovery may have been here: what it started again must not be started there as well.
      if (phase !== 'stopped' && phase !== 'offered') throw changedMeanwhile(known(ledger.outgoing(id), id).handoff);
      move(id, 'offered');
      return {};
    },
    async yield({ id, claim }) {
      await ledger.locked(() => {
        ledger.putClaim(claim);
        // Each side ends what was cut off, and the other may have been first.
        if (known(ledger.outgoing(id), id).phase !== 'released') move(id, 'yielded');
      });
      return {};
    },
    async release({ id }) {
      const { handoff, phase } = known(ledger.outgoing(id), id);
      if (phase === 'released') return {};
      if (!handoff.copy) await session.mark(handoff, handoff.to.name);
      move(id, 'released');
      return {};
    },
    async putBack({ id, why }, { signal }) {
      const { handoff, phase } = known(ledger.outgoing(id), id);
      if (phase === 'put-back') return { report: null };
      if (phase === 'yielded' || phase === 'released') throw changedMeanwhile(handoff);
      const isUntouched = phase === 'begun';
      move(id, 'putting-back', { why });
      const report = isUntouched ? null : await session.putUp(handoff.snapshot, { map: [] }, { signal });
      move(id, 'put-back', { why });
      return { report };
    },

    async prepare({ handoff, packed, view }) {
      if (handoff.to.id !== self.id)
        throw new DsyncError('BAD_INPUT', `The handoff ${handoff.id} is meant for another host than ${self.name}`);
      await session.receive(packed);
      await ledger.locked(() => {
        const claim = ledger.claim(handoff.sessionKey);
        if (claim !== undefined && claim.epoch > handoff.claim.epoch && !handoff.copy) throw changedMeanwhile(handoff);
        ledger.putIncoming({ handoff, phase: 'preparing', worker, view, closed: false });
      });
      return {};
    },
    async commit({ id }) {
      const claim = await ledger.locked(() => {
        const incoming = known(ledger.incoming(id), id);
        const { handoff, phase } = incoming;
        const standing = ledger.claim(handoff.sessionKey) ?? handoff.claim;
        if (isMadeBy(standing, id)) return standing;
        if (phase === 'aborted' || standing.epoch > handoff.claim.epoch) throw changedMeanwhile(handoff);
        const ours = ledger.putClaim(
          passOn(handoff.claim, { to: { ...self, name: handoff.to.name }, at: host.now(), handoff: id }),
        );
        ledger.putIncoming({ ...incoming, worker, phase: 'committed' });
        return ours;
      });
      return { claim };
    },
    async settle({ id }) {
      return ledger.locked(() => {
        const incoming = ledger.incoming(id);
        // Never heard of, or forgotten since: a commit of it is refused as well.
        if (incoming === undefined) return { outcome: 'aborted' };
        const claim = ledger.claim(incoming.handoff.sessionKey);
        const restored = incoming.phase === 'restored';
        if (claim !== undefined && isMadeBy(claim, id)) return { outcome: 'committed', claim, restored };
        ledger.putIncoming({ ...incoming, phase: 'aborted' });
        return { outcome: 'aborted' };
      });
    },
    async restore({ id }, { signal }) {
      const { handoff, view } = known(ledger.incoming(id), id);
      const claim = ledger.claim(handoff.sessionKey);
      const isOurs = handoff.copy || (claim !== undefined && isMadeBy(claim, id) && claim.owner === self.id);
      if (!isOurs) throw notOurs(claim ?? firstClaim(handoff.sessionKey, handoff.from, handoff.startedAt));
      const report = await session.putUp(handoff.snapshot, view, { signal });
      const { complete } = report;
      if (!handoff.copy) await session.mark(handoff, undefined);
      ledger.putIncoming({ ...known(ledger.incoming(id), id), worker, phase: 'restored', complete });
      return { report };
    },
    async close({ id }) {
      await ledger.locked(() => {
        const incoming = ledger.incoming(id);
        if (incoming !== undefined) ledger.putIncoming({ ...incoming, closed: true });
      });
      return {};
    },
  };
}

export function isUnfinished({ phase }: Outgoing): boolean {
  return phase !== 'released' && phase !== 'put-back';
}

function notOurs({ ownerName }: Claim): DsyncError {
  return new DsyncError('HANDOFF_ELSEWHERE', `The session is on ${ownerName}`, {
    cure: `Go there, or fetch it: dsync handoff connect --from ${ownerName}`,
  });
}

function changedMeanwhile({ label }: Handoff): DsyncError {
  return new DsyncError('HANDOFF_ELSEWHERE', `The session ${label} has changed hands meanwhile`);
}

function busy({ handoff, worker }: Outgoing, { isWorking }: OwnHost): DsyncError {
  const to = handoff.to.name;
  return isWorking(worker)
    ? new DsyncError('HANDOFF_BUSY', `A handoff of ${handoff.label} to ${to} is under way (pid ${worker.pid})`)
    : new DsyncError(
        'HANDOFF_BUSY',
        `A handoff of ${handoff.label} to ${to} was cut off, and ${to} has yet to say what came of it`,
      );
}
