/**
 * Changes of this host, as they enter the index and go out.
 *
 * @module
 */
import { type Entry, type Found, type Recorded, recordOf, type Stat } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { bumpVersion, joinVersions, NO_VERSION, type Version } from '../core/version.ts';
import type { IndexStore } from '../index/index-store.ts';
import type { LocalChange } from '../transfer/push-lane.ts';
import type { Problems } from './problems.ts';

export interface LocalRecords {
  /** @param moved the missing path that the content was at until now */
  record(found: Found, stat: Stat | undefined, ours: Recorded | undefined, moved?: Recorded): void;
  /** Records a missing path as deleted. */
  tombstone(ours: Recorded): void;
  /** Records that our own change is undone, which was deleted while nobody looked. `version` has seen it. */
  deletedUnseen(entry: Entry, version: Version): void;
  /** Records something that this host itself has put at the path. */
  own(found: Found, stat: Stat, seen?: Entry): Recorded;
}

export interface LocalRecordsOptions {
  readonly index: IndexStore;
  /** This host, as entries name it. */
  readonly author: string;
  readonly problems: Problems;
  /** What came in before a crash and may stand at its path without being recorded. */
  readonly intended: Map<RelPath, Entry>;
  readonly isLone: (entry: Pick<Entry, 'path' | 'kind'>) => boolean;
  readonly onChange: (change: LocalChange) => void;
}

/** A file hashed this soon after its mtime may change again within one tick of the clock that mtimes are taken from. */
const RACY_NS = 20_000_000n;

export function isRacy(mtimeNs: bigint): boolean {
  const ageNs = BigInt(Date.now()) * 1_000_000n - mtimeNs;
  return ageNs < RACY_NS && ageNs > -RACY_NS;
}

export function createLocalRecords(options: LocalRecordsOptions): LocalRecords {
  const { index, author, problems, intended, isLone, onChange } = options;

  const put = (found: Found, stat: Stat | undefined, ours: Recorded | undefined): Recorded => {
    const came = intended.get(found.path);
    intended.delete(found.path);
    problems.clear(found.path);
    if (came !== undefined && came.kind === found.kind && came.hash === found.hash && came.mode === found.mode) {
      // Not a change of ours: it was applied, and the crash came before it was recorded.
      const version = joinVersions(came.version, ours?.version ?? NO_VERSION);
      return index.put({ ...found, version, author: came.author, stat, racy: true, from: undefined });
    }
    return bumped(found, { version: ours?.version ?? NO_VERSION, author, stat, racy: isRacy(found.mtimeNs) });
  };
  const bumped = (
    found: Found,
    { version, author: by, stat, racy }: Pick<Recorded, 'version' | 'author' | 'stat' | 'racy'>,
  ): Recorded => {
    const seq = index.nextSeq();
    const own = { version: bumpVersion(version, index.epoch, seq), author: by, stat, racy, from: undefined };
    return index.put(recordOf(found, own), seq);
  };
  const tell = (record: Recorded): Recorded => {
    onChange({ record, movedFrom: undefined, lone: false, seenAt: performance.now() });
    return record;
  };
  const record: LocalRecords['record'] = (found, stat, ours, moved) => {
    const seenAt = performance.now();
    const contentSeq = found.kind === 'file' ? index.contentSeq(found.hash) : undefined;
    const keptSeq = found.kind === 'file' && ours?.kind === 'file' && ours.hash === found.hash ? ours.seq : undefined;
    const recorded = put(found, stat, ours);
    // The new path's number comes first: the other side then finds the content at the old one.
    const movedFrom = moved === undefined ? undefined : put(tombstoneOf(moved.path), undefined, moved);
    onChange({ record: recorded, movedFrom, lone: isLone(found), seenAt, contentSeq, keptSeq });
    if (movedFrom !== undefined) onChange({ record: movedFrom, movedFrom: undefined, lone: false, seenAt });
  };
  return {
    record,
    tombstone: (ours) => record(tombstoneOf(ours.path), undefined, ours),
    deletedUnseen(entry, version) {
      tell(bumped(tombstoneOf(entry.path), { version, author, stat: undefined, racy: false }));
    },
    own(found, stat, seen) {
      const version = joinVersions(index.get(found.path)?.version ?? NO_VERSION, seen?.version ?? NO_VERSION);
      return tell(bumped(found, { version, author: seen?.author ?? author, stat, racy: false }));
    },
  };
}

function tombstoneOf(path: RelPath): Found {
  return {
    path,
    kind: 'tombstone',
    sizeBytes: 0,
    mtimeNs: BigInt(Date.now()) * 1_000_000n,
    mode: 0,
    hash: '',
    target: '',
  };
}
