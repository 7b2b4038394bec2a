/**
 * What one host can be asked to do in a handoff: one schema for both sides of the wire.
 *
 * @module
 */
import * as z from 'zod';
import { restorePlanSchema, restoreReportSchema } from '../restore/plan-schema.ts';
import { snapshotSchema } from '../snapshot/schema.ts';
import { claimSchema, idSchema } from './claim.ts';
import { handoffSchema, incomingSchema, outgoingSchema } from './handoff.ts';
import { captureSchema, viewSchema } from './session-port.ts';

const byId = z.object({ id: idSchema });
const nothing = z.object({});

export const factsSchema = z.object({
  hostId: z.string(),
  hostName: z.string(),
  version: z.string(),
  machine: z.string().describe('the same for two homes on one machine, until it starts anew; empty where unknown'),
  nowMs: z.number(),
  hasAgent: z.boolean(),
  roots: z
    .array(
      z.object({
        id: z.string(),
        name: z.string(),
        path: z.string(),
        state: z.string(),
        hosts: z.array(z.string()),
        conflicts: z.int(),
        held: z.int().describe('deletes that wait for approval'),
      }),
    )
    .describe('of its agent'),
  claims: z.array(claimSchema),
  incoming: z.array(incomingSchema),
  outgoing: z.array(outgoingSchema),
});
export type HostFacts = z.infer<typeof factsSchema>;

export const steps = {
  facts: { params: nothing, result: factsSchema },
  capture: {
    params: z.object({
      sessions: z.array(z.string()).optional().describe('names; all if absent'),
      like: idSchema
        .optional()
        .describe('a snapshot that this host has: the sessions that it holds, whatever they are called'),
    }),
    result: captureSchema,
  },
  plan: {
    params: z.object({
      snapshot: snapshotSchema,
      view: viewSchema,
      freed: z.array(z.int()).describe('ports that are free once the session has left the other host'),
    }),
    result: restorePlanSchema,
  },
  flush: { params: z.object({ roots: z.array(z.string()) }), result: nothing },

  begin: { params: z.object({ handoff: handoffSchema }), result: nothing },
  stop: { params: byId, result: z.object({ stopped: z.int() }) },
  offer: { params: byId, result: nothing },
  yield: { params: byId.extend({ claim: claimSchema }), result: nothing },
  release: { params: byId, result: nothing },
  putBack: {
    params: byId.extend({ why: z.string() }),
    result: z.object({ report: restoreReportSchema.nullable().describe('null: nothing had been stopped') }),
  },

  prepare: { params: z.object({ handoff: handoffSchema, packed: z.string(), view: viewSchema }), result: nothing },
  commit: { params: byId, result: z.object({ claim: claimSchema }) },
  /** Says what came of it; from then on nothing else will. */
  settle: {
    params: byId,
    result: z.discriminatedUnion('outcome', [
      z.object({
        outcome: z.literal('committed'),
        claim: claimSchema,
        restored: z.boolean().optional().describe('it was put up there already'),
      }),
      z.object({ outcome: z.literal('aborted') }),
    ]),
  },
  restore: { params: byId, result: z.object({ report: restoreReportSchema }) },
  close: { params: byId, result: nothing },
} as const;

export type StepName = keyof typeof steps;
export type StepParams<S extends StepName> = z.infer<(typeof steps)[S]['params']>;
export type StepResult<S extends StepName> = z.infer<(typeof steps)[S]['result']>;

/** One side of a handoff: this host, or another one. */
export interface Side {
  /** @throws {DsyncError} what stood in the way; HOST_UNREACHABLE it may or may not have been done */
  call<S extends StepName>(
    step: S,
    params: StepParams<S>,
    options: { readonly signal: AbortSignal },
  ): Promise<StepResult<S>>;
}

export type StepTable = {
  readonly [S in StepName]: (
    params: StepParams<S>,
    options: { readonly signal: AbortSignal },
  ) => Promise<StepResult<S>>;
};

/** This host as a side. */
export function ownSide(table: StepTable): Side {
  return { call: (step, params, options) => table[step](params, options) };
}
