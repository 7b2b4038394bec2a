/**
 * What a scenario is given, and how it says that it failed.
 *
 * @module
 */
import type { Stage } from './stage.ts';

export interface Trial {
  readonly stage: Stage;
  /** A folder of its own in the root, the same on both sides; made by whoever writes into it. */
  readonly folder: string;
  /** One thing that was seen, for the report. */
  readonly says: (text: string) => void;
  /** Figures for `--json`. */
  readonly figure: (name: string, value: number) => void;
  readonly signal: AbortSignal;
}

/** A promise that was not kept: what was seen, and what it may come from. */
export class Failed extends Error {
  override readonly name = 'Failed';
  readonly why: string;

  constructor(message: string, why: string) {
    super(message);
    this.why = why;
  }
}

/** The part that the scenario tries is not there, or cannot be there on this stage. */
export class NotTried extends Error {
  override readonly name = 'NotTried';
}

/** @throws {Failed} */
export function expectThat(
  holds: boolean,
  message: string,
  why = 'See what the agents say: dsync logs',
): asserts holds {
  if (!holds) throw new Failed(message, why);
}
