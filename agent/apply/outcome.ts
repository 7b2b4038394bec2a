/**
 * What came of putting something at a path. Expected outcomes are values.
 *
 * @module
 */
import type { AbsPath } from '../../platform/abs-path.ts';
import type { Stat } from '../core/entry.ts';

export type ApplyOutcome =
  /** It is there. `stat` is what lstat says of the new thing, undefined after a removal. `trashed`: where the old one is kept. */
  | { readonly kind: 'done'; readonly stat: Stat | undefined; readonly trashed: AbsPath | undefined }
  /** The path was not what was expected, before anything was touched: look at it again, then decide anew. */
  | { readonly kind: 'changed' }
  /**
   * It is there, but what it displaced was not what was expected: a save raced us. `displaced` holds that save, whole,
   * in the stage; it belongs to the caller, who must keep it.
   */
  | {
      readonly kind: 'raced';
      readonly stat: Stat | undefined;
      readonly displaced: AbsPath;
      readonly displacedStat: Stat;
    }
  /** A folder was to go but still holds something (ignored files); it stays. */
  | { readonly kind: 'not-empty' }
  /** It cannot be done here and now. Nothing was changed. */
  | { readonly kind: 'problem'; readonly code: ProblemCode; readonly cause: string; readonly cure: string };

/** Permanent: scripts match on them. */
export type ProblemCode =
  | 'PERMISSION'
  | 'DISK_FULL'
  | 'READ_ONLY'
  | 'NAME_INVALID'
  | 'NAME_TOO_LONG'
  | 'CASE_CLASH'
  | 'UNICODE_CLASH'
  | 'SYMLINK_PARENT'
  | 'PARENT_NOT_FOLDER'
  | 'SPECIAL_FILE'
  | 'UNREADABLE'
  | 'TOO_MANY_LINKS'
  | 'IO_ERROR';
