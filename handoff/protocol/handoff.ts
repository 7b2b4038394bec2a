/**
 * What two hosts write down about a handoff. Each side has one record a handoff, written anew before each step is
 * taken, so that whoever finds it after a crash knows what can have happened.
 *
 * @module
 */
import * as z from 'zod';
import { claimSchema, idSchema } from './claim.ts';
import { viewSchema } from './session-port.ts';

const hostSchema = z.object({ id: z.string().min(1).max(200), name: z.string().min(1).max(200) });

/** The same on both sides. */
export const handoffSchema = z.object({
  id: idSchema,
  sessionKey: idSchema,
  snapshot: idSchema,
  label: z.string().max(200).describe('what a person calls the session'),
  from: hostSchema,
  to: hostSchema,
  claim: claimSchema.describe('under which it leaves'),
  startedAt: z.string().max(40),
  copy: z.boolean().describe('the session stays as well; nobody’s claim changes'),
});
export type Handoff = z.infer<typeof handoffSchema>;

/** Who works at it on this host. A record whose process is gone is recovered. */
export const workerSchema = z.object({ pid: z.int(), started: z.string() });
export type Worker = z.infer<typeof workerSchema>;

/**
 * begun: nothing was stopped. stopping: some may have been. stopped: all were. offered: the other side may own it by
 * now, only it can tell. yielded: it does, and this host knows. released: over. putting-back: what was stopped is being
 * started again. put-back: over, the session stayed.
 */
export const outgoingPhaseSchema = z.enum([
  'begun',
  'stopping',
  'stopped',
  'offered',
  'yielded',
  'released',
  'putting-back',
  'put-back',
]);
export type OutgoingPhase = z.infer<typeof outgoingPhaseSchema>;

/**
 * preparing: the session may come. aborted: it will not, whatever is still said. committed: it is ours. restored: as far
 * as it could be.
 */
export const incomingPhaseSchema = z.enum(['preparing', 'aborted', 'committed', 'restored']);

export const outgoingSchema = z.looseObject({
  handoff: handoffSchema,
  phase: outgoingPhaseSchema,
  worker: workerSchema,
  why: z.string().optional().describe('it did not come to pass'),
});
export type Outgoing = z.infer<typeof outgoingSchema>;

export const incomingSchema = z.looseObject({
  handoff: handoffSchema,
  phase: incomingPhaseSchema,
  worker: workerSchema,
  view: viewSchema,
  closed: z.boolean().describe('the other side knows what came of it'),
  complete: z.boolean().optional().describe('all of it was restored'),
});
export type Incoming = z.infer<typeof incomingSchema>;

/** What recovery does with an outgoing handoff whose worker is gone. Pure. */
export function recoveryOf(phase: OutgoingPhase): 'put-back' | 'ask' | 'release' | 'nothing' {
  switch (phase) {
    case 'begun':
    case 'stopping':
    case 'stopped':
    case 'putting-back':
      return 'put-back';
    case 'offered':
      return 'ask';
    case 'yielded':
      return 'release';
    case 'released':
    case 'put-back':
      return 'nothing';
  }
}
