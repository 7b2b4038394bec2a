/**
 * One line of the table: what was measured of whom, and whether that is good enough.
 *
 * @module
 */

export interface Row {
  readonly workload: string;
  /** Who did it: dsync, the bare limit, rsync, … */
  readonly subject: string;
  readonly unit: 'ms' | 's' | '%' | 'MB' | 'KB';
  readonly samples: readonly number[];
  /** What is measured against: its p50 makes this row's ratio. */
  readonly reference?: readonly number[];
  readonly bar?: Bar;
}

export interface Bar {
  /** `p50 ≤ 31 ms`. */
  readonly text: string;
  readonly met: boolean;
}
