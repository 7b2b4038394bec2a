/**
 * Who owns a session: a claim with an epoch, one a session and host. Pure.
 *
 * A handoff raises the epoch by one, first where the session goes to, then where it comes from. Between the two each
 * host has a claim of its own, and of two claims the later one counts, everywhere alike: so there is one owner.
 * Clocks take no part in that.
 *
 * @module
 */
import * as z from 'zod';

const MAX_FORMER = 20;

/** It stands in names of files. */
export const idSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id is 1 to 64 of A-Z a-z 0-9 _ -');

const heldSchema = z.object({
  owner: z.string().min(1).max(200).describe('id of the host'),
  ownerName: z.string().max(200),
  epoch: z.int().min(0),
  since: z.string().max(40),
  handoff: idSchema.optional().describe('the handoff that raised the epoch'),
  takenOver: z.boolean().optional().describe('the host that had it was not asked'),
});

/** Loose: what a newer version wrote stays when an older one writes the file. */
export const claimSchema = z.looseObject({
  sessionKey: idSchema,
  ...heldSchema.shape,
  former: z.array(heldSchema).max(MAX_FORMER).describe('the last ones before it, newest first'),
});
export type Claim = z.infer<typeof claimSchema>;

export interface Owner {
  readonly id: string;
  readonly name: string;
}

/** Of a session that was never handed over. */
export function firstClaim(sessionKey: string, { id, name }: Owner, at: string): Claim {
  return { sessionKey, owner: id, ownerName: name, epoch: 0, since: at, former: [] };
}

/** The claim that comes after `claim`. */
export function passOn(
  claim: Claim,
  {
    to,
    at,
    handoff,
    takenOver,
  }: { readonly to: Owner; readonly at: string; readonly handoff?: string; readonly takenOver?: true },
): Claim {
  const { sessionKey, former, owner, ownerName, epoch, since } = claim;
  const held = {
    ...{ owner, ownerName, epoch, since },
    ...(claim.handoff !== undefined && { handoff: claim.handoff }),
    ...(claim.takenOver !== undefined && { takenOver: claim.takenOver }),
  };
  return {
    ...{ sessionKey, owner: to.id, ownerName: to.name, epoch: epoch + 1, since: at },
    ...(handoff !== undefined && { handoff }),
    ...(takenOver !== undefined && { takenOver }),
    former: [held, ...former].slice(0, MAX_FORMER),
  };
}

/** Which of two claims counts: alike on every host, in whatever order they are heard of. */
export function laterClaim(a: Claim, b: Claim): Claim {
  if (a.epoch !== b.epoch) return a.epoch > b.epoch ? a : b;
  // Two hosts that took over at once, neither knowing of the other: any rule does that both can compute.
  const rank = ({ owner, handoff = '' }: Claim): string => `${owner}\0${handoff}`;
  return rank(a) >= rank(b) ? a : b;
}

/** Whether this handoff has raised the epoch. */
export function isMadeBy({ handoff, former }: Claim, id: string): boolean {
  return handoff === id || former.some((held) => held.handoff === id);
}
