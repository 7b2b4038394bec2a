/**
 * What the protocol needs done to a session on this host. The protocol decides when; how is another matter.
 *
 * Each function can be called again after a crash in the middle of it: what is done already is left alone.
 *
 * @module
 */
import * as z from 'zod';
import { type RestorePlan, type RestoreReport } from '../restore/plan-schema.ts';
import { type Snapshot, snapshotSchema } from '../snapshot/schema.ts';

/** How and where it is shown. */
export const viewSchema = z.object({
  size: z
    .object({ cols: z.int().min(1).max(10_000), rows: z.int().min(1).max(10_000) })
    .optional()
    .describe('of the terminal, status line included'),
  map: z.array(z.string()).describe('FROM=TO: folders that lie elsewhere there'),
});
export type View = z.infer<typeof viewSchema>;

/** What was captured, and how it travels. */
export const captureSchema = z.object({
  snapshot: snapshotSchema,
  packed: z.string().describe('the snapshot with its blobs'),
});

interface Abortable {
  readonly signal: AbortSignal;
}

export interface SessionPort {
  /** Reads the session, as it is now, and keeps a snapshot of it. @throws {DsyncError} SESSION_EMPTY, SESSION_UNKNOWN */
  capture(
    options: Abortable & {
      readonly trigger: Snapshot['trigger'];
      /** Names; all if absent. */
      readonly sessions?: readonly string[] | undefined;
      /** A snapshot that this host has: the sessions that it holds, whatever they are called. */
      readonly like?: string | undefined;
    },
  ): Promise<z.infer<typeof captureSchema>>;
  /** Checks and keeps what came from another host. @throws {DsyncError} SNAPSHOT_INVALID */
  receive(packed: string): Promise<void>;
  /** What restoring it here would do. */
  plan(
    snapshot: Snapshot,
    view: View,
    options: Abortable & { readonly freed: readonly number[] },
  ): Promise<RestorePlan>;
  /**
   * Ends what will run on the other host, and waits until its ports are free.
   *
   * @returns how many ended
   * @throws {DsyncError} COMMAND_FAILED something does not end
   */
  stop(snapshotId: string, options: Abortable): Promise<number>;
  /**
   * The session as the snapshot has it: what is missing is put up, and what should run and does not is started.
   *
   * @throws {DsyncError} RESTORE_BLOCKED nothing was begun
   */
  putUp(snapshotId: string, view: View, options: Abortable): Promise<RestoreReport>;
  /** Shows in the session here where it is; undefined: it is here. */
  mark(
    session: { readonly sessionKey: string; readonly snapshot?: string | undefined },
    elsewhere: string | undefined,
  ): Promise<void>;
}
