/**
 * What this host has written down: its claims, and the handoffs that left or came.
 *
 * @module
 */
import type * as z from 'zod';
import { DsyncError } from '../../platform/failure.ts';
import { parseSettings } from '../../platform/settings-file.ts';
import { type Claim, claimSchema, laterClaim } from './claim.ts';
import { type Incoming, incomingSchema, type Outgoing, outgoingSchema } from './handoff.ts';
import type { Records } from './records.ts';

/** Handoffs that are over are kept this many, for `--back` and for those who look. */
const KEPT_OVER = 20;

export interface Ledger {
  claim(sessionKey: string): Claim | undefined;
  claims(): Claim[];
  /** The later of it and what stood there, which is what stands there then. Call it inside `locked`. */
  putClaim(claim: Claim): Claim;
  outgoing(id: string): Outgoing | undefined;
  /** In the order in which they began. */
  outgoings(): Outgoing[];
  putOutgoing(outgoing: Outgoing): void;
  incoming(id: string): Incoming | undefined;
  incomings(): Incoming[];
  putIncoming(incoming: Incoming): void;
  locked<T>(work: () => T): Promise<T>;
}

/** @throws {DsyncError} BAD_STATE by any of its functions: a record cannot be read; it was left as it is */
export function openLedger(records: Records): Ledger {
  function get<S extends z.ZodType>(path: string, schema: S): z.infer<S> | undefined {
    const text = records.read(path);
    if (text === undefined) return undefined;
    const source = records.where(path);
    const cure = (line: number): string =>
      `Mend line ${line} of ${source}, or move the file away: what it says is forgotten then.`;
    return parseSettings(text, schema, { source, code: 'BAD_STATE', cure });
  }
  function all<S extends z.ZodType>(folder: string, schema: S): z.infer<S>[] {
    return records
      .list(folder)
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => get(`${folder}/${name}`, schema) ?? []);
  }
  const put = (path: string, value: unknown): void => records.write(path, `${JSON.stringify(value, null, 1)}\n`);

  const byStart = <T extends Outgoing | Incoming>(list: T[]): T[] =>
    list.sort((a, b) => (a.handoff.startedAt < b.handoff.startedAt ? -1 : 1));
  const outgoings = (): Outgoing[] => byStart(all('outgoing', outgoingSchema));
  const incomings = (): Incoming[] => byStart(all('incoming', incomingSchema));

  function prune(folder: string, list: readonly (Outgoing | Incoming)[], over: readonly string[]): void {
    const old = list.filter(({ phase }) => over.includes(phase)).slice(0, -KEPT_OVER);
    for (const { handoff } of old) records.remove(`${folder}/${handoff.id}.json`);
  }

  return {
    claim: (sessionKey) => get(`claims/${sessionKey}.json`, claimSchema),
    claims: () => all('claims', claimSchema),
    putClaim(claim) {
      const path = `claims/${claim.sessionKey}.json`;
      const standing = get(path, claimSchema);
      const later = standing === undefined ? claim : laterClaim(standing, claim);
      if (later !== standing) put(path, later);
      return later;
    },
    outgoing: (id) => get(`outgoing/${id}.json`, outgoingSchema),
    outgoings,
    putOutgoing(outgoing) {
      const { id } = outgoing.handoff;
      const isNew = records.read(`outgoing/${id}.json`) === undefined;
      if (isNew) prune('outgoing', outgoings(), ['released', 'put-back']);
      put(`outgoing/${id}.json`, outgoing);
    },
    incoming: (id) => get(`incoming/${id}.json`, incomingSchema),
    incomings,
    putIncoming(incoming) {
      const { id } = incoming.handoff;
      const isNew = records.read(`incoming/${id}.json`) === undefined;
      if (isNew) prune('incoming', incomings(), ['aborted', 'restored']);
      put(`incoming/${id}.json`, incoming);
    },
    locked: (work) => records.locked(work),
  };
}

/** @throws {DsyncError} NOT_FOUND */
export function known<T>(record: T | undefined, id: string): T {
  if (record === undefined) throw new DsyncError('NOT_FOUND', `This host knows of no handoff ${id}`);
  return record;
}
