/**
 * What is recorded of one path in a root.
 *
 * @module
 */
import type { RelPath } from './rel-path.ts';
import { type EpochId, NO_VERSION, type Version } from './version.ts';

export type EntryKind = 'file' | 'folder' | 'symlink' | 'tombstone';

/** SHA-256, base64url. Of a file's bytes or a symlink's target; empty for folders and tombstones. */
export type ContentHash = string;

/** The part of an entry that travels. */
export interface Entry {
  readonly path: RelPath;
  readonly kind: EntryKind;
  /** Bytes; 0 for all but files. */
  readonly sizeBytes: number;
  /** Nanoseconds since 1970; for a tombstone, when the deletion was seen. */
  readonly mtimeNs: bigint;
  /** Permission bits, 0 to 0o7777; 0 for symlinks and tombstones. */
  readonly mode: number;
  readonly hash: ContentHash;
  /** Where a symlink points, as it stands in the link; empty for all else. */
  readonly target: string;
  readonly version: Version;
  /** The host that made this change: its short name, `/`, and the first part of its id, for hosts of one name. */
  readonly author: string;
}

/** What a look at the disk can say of an entry. */
export type Found = Omit<Entry, 'version' | 'author'>;

/** What lstat said when the entry was last true on this host's disk. */
export interface Stat {
  readonly ino: bigint;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  /** `st_mode` whole: type and permissions. */
  readonly mode: number;
}

/** An entry with what only this host knows of it. */
export interface Recorded extends Entry {
  /** Sequence number of the write in this host's index. */
  readonly seq: number;
  /** Undefined where nothing is on disk: a tombstone. */
  readonly stat: Stat | undefined;
  /** Hashed so soon after its mtime that a later write might not show in the stat: a scan hashes it again. */
  readonly racy: boolean;
  /** The peer's epoch from which this very version came; undefined for a local change or a join. */
  readonly from: EpochId | undefined;
}

/**
 * Field by field, as to spread objects of this size takes microseconds, several times for every file.
 *
 * @param seq 0 until the index gives a number
 */
export function recordOf(found: Found, own: Omit<Recorded, keyof Found | 'seq'>, seq = 0): Recorded {
  return {
    path: found.path,
    kind: found.kind,
    sizeBytes: found.sizeBytes,
    mtimeNs: found.mtimeNs,
    mode: found.mode,
    hash: found.hash,
    target: found.target,
    version: own.version,
    author: own.author,
    seq,
    racy: own.racy,
    from: own.from,
    stat: own.stat,
  };
}

/** A path that nobody has heard of: every entry is newer. */
export function unheardOf(path: RelPath): Entry {
  return {
    path,
    kind: 'tombstone',
    sizeBytes: 0,
    mtimeNs: 0n,
    mode: 0,
    hash: '',
    target: '',
    version: NO_VERSION,
    author: '',
  };
}

export function isLive<T extends Entry>(
  entry: T | undefined,
): entry is T & { readonly kind: Exclude<EntryKind, 'tombstone'> } {
  return entry !== undefined && entry.kind !== 'tombstone';
}

/** Whether two entries would put the same thing at the path. A tombstone's time and a file's mtime are no content. */
export function sameContent(a: Entry, b: Entry): boolean {
  return a.kind === b.kind && a.hash === b.hash && a.mode === b.mode && a.target === b.target;
}

/** Whether two lstats show the same file in the same state. */
export function sameStat(a: Stat, b: Stat): boolean {
  return a.ino === b.ino && a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs && a.mode === b.mode;
}
