/**
 * What setup does to a machine, one small thing at a time: planned first, then applied, and taken back as a whole if one
 * of them fails.
 *
 * @module
 */
import { DsyncError, messageOf } from '../../platform/failure.ts';

export interface Change {
  /** What it does: `link ~/.local/bin/dsync to …`. */
  readonly what: string;
  /** @returns what went otherwise than planned and is no failure */
  apply(): Promise<string | undefined> | string | undefined;
  /** Takes it back after a later one failed; absent where there is nothing to take back. */
  undo?(): Promise<unknown> | unknown;
}

/** One concern of setup, as it was found. */
export interface Step {
  readonly name: string;
  readonly changes: readonly Change[];
  /** What is as it should be already. */
  readonly right: readonly string[];
  /** What a person should know and setup does not change. */
  readonly notes: readonly string[];
}

export interface StepDraft {
  readonly changes?: readonly Change[];
  readonly right?: readonly string[];
  readonly notes?: readonly string[];
}

export function createStep(name: string, { changes = [], right = [], notes = [] }: StepDraft): Step {
  return { name, changes, right, notes };
}

export interface ApplyOptions {
  readonly onDone: (change: Change, note: string | undefined) => void;
  /** After a failure, with those that are taken back. */
  readonly onTakenBack: (changes: readonly Change[]) => void;
  readonly signal: AbortSignal;
}

/**
 * Applies all, in their order.
 *
 * @throws what a change threw, after all before it were taken back, the last one first
 */
export async function applyChanges(
  changes: readonly Change[],
  { onDone, onTakenBack, signal }: ApplyOptions,
): Promise<void> {
  const done: Change[] = [];
  for (const change of changes) {
    try {
      signal.throwIfAborted();
      const note = await change.apply();
      done.push(change);
      onDone(change, note);
    } catch (error) {
      const left = await undoAll(done);
      onTakenBack(done.filter((one) => one.undo !== undefined && !left.includes(one.what)));
      if (left.length === 0) throw error;
      throw new DsyncError('COMMAND_FAILED', `Could not ${change.what}: ${messageOf(error)}`, {
        cause: error,
        cure: `These could not be taken back: ${left.join('; ')}. Run again: dsync setup --uninstall`,
      });
    }
  }
}

/** @returns those that could not be taken back */
async function undoAll(done: readonly Change[]): Promise<string[]> {
  const left: string[] = [];
  for (const change of done.toReversed()) {
    try {
      await change.undo?.();
    } catch {
      left.push(change.what);
    }
  }
  return left;
}
