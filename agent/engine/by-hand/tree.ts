/**
 * What is at the paths of one side, as push and pull compare it.
 *
 * @module
 */
import type { RelPath } from '../../core/rel-path.ts';

export interface Found {
  readonly kind: 'file' | 'folder' | 'symlink' | 'special';
  readonly sizeBytes: number;
  /** Whole seconds since 1970, rounded down: finer times of the other side cannot be told. */
  readonly mtimeSeconds: number;
}

/** Something that is passed over, and what to do about it. */
export interface Problem {
  /** For people. */
  readonly path: string;
  readonly cause: string;
  readonly cure: string;
}

export interface Tree {
  readonly found: ReadonlyMap<RelPath, Found>;
  /** While there are any, nobody knows what is missing: nothing is deleted on the other side. */
  readonly problems: readonly Problem[];
}
