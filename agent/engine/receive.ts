/**
 * Index to disk: takes an entry that a peer sent, decides, and makes the path so.
 *
 * An attempt is synchronous from the look at our entry to the record of the outcome. Where content is lacking, or the
 * path turned out to have changed, it ends with what must happen first, and the entry is decided anew after that.
 *
 * @module
 */
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { ApplyOutcome } from '../apply/outcome.ts';
import { decide } from '../core/decide.ts';
import { type ContentHash, type Entry, isLive, type Recorded, recordOf, type Stat, unheardOf } from '../core/entry.ts';
import { type RelPath } from '../core/rel-path.ts';
import {
  bumpVersion,
  compareVersions,
  counterOf,
  type EpochId,
  joinVersions,
  NO_VERSION,
  type Version,
} from '../core/version.ts';
import { lstatPath } from '../scan/lstat.ts';
import { createEnsureParents, type EnsureParentsOptions } from './ensure-parents.ts';
import { packIntended } from './intended.ts';
import type { KeepBoth } from './keep-both.ts';
import type { Problems } from './problems.ts';
import { createReceiveWhole, type ReceiveWholeOptions } from './receive-whole.ts';

export interface Incoming {
  readonly entry: Entry;
  /** Whole, and its hash was checked. */
  readonly content: Uint8Array | AbsPath | undefined;
  readonly movedFrom: Entry | undefined;
  /** The epoch of the peer that sent it. */
  readonly from: EpochId;
  readonly host: string;
  /** Nothing else of that peer waits: what lives here by now stays. */
  readonly last: boolean;
}

export type Attempt =
  | { readonly kind: 'settled' }
  /** Its content must be fetched first. */
  | { readonly kind: 'want' }
  /** The path must be looked at first. */
  | { readonly kind: 'wait'; readonly until: Promise<void> }
  /** It must come after all else that the peer sent. */
  | { readonly kind: 'last' }
  /** It cannot be now; it was listed. */
  | { readonly kind: 'problem' };

/** For the audit log and the live view. */
export interface Applied {
  readonly what: 'applied' | 'deleted' | 'conflict';
  readonly path: RelPath;
  readonly host: string;
  readonly sizeBytes: number;
  readonly before: string;
  readonly after: string;
}

export interface ReceiveOptions extends EnsureParentsOptions, Pick<ReceiveWholeOptions, 'isIgnoreFile' | 'watch'> {
  readonly keepBoth: KeepBoth;
  readonly problems: Problems;
  readonly ignores: (path: RelPath, isFolder: boolean) => boolean;
  readonly onApplied: (applied: Applied) => void;
  /** This host, as entries name it. */
  readonly author: string;
  /** Whether the disk has room for so much. */
  readonly hasRoom: (sizeBytes: number) => boolean;
  /** What was at a path until now is in the trash. */
  readonly onTrashed: (hash: ContentHash, at: AbsPath) => void;
}

const SETTLED: Attempt = { kind: 'settled' };
const WANT: Attempt = { kind: 'want' };
const LAST: Attempt = { kind: 'last' };
/** How often a path may change between look and apply before it is left to a later try. */
const MAX_TRIES = 5;

/** Alike on every host: the newer entry's time, and between concurrent ones the later time. */
function takesMtime(ours: Entry, theirs: Entry): boolean {
  if (ours.mtimeNs === theirs.mtimeNs) return false;
  return compareVersions(theirs.version, ours.version) === 'newer' || theirs.mtimeNs > ours.mtimeNs;
}

export interface Receive {
  one(incoming: Incoming): Attempt;
  /** {@link createReceiveWhole} */
  whole(folder: Incoming, files: readonly Incoming[]): boolean;
}

export function createReceive(options: ReceiveOptions): Receive {
  const { root, index, apply, capture, keepBoth, problems } = options;
  const ensureParents = createEnsureParents(options);

  const record = (
    incoming: Incoming,
    version: Version,
    stat: Stat | undefined,
    ours: Recorded | undefined,
    what: Applied['what'],
  ): Recorded => {
    const { entry, from, host } = incoming;
    problems.clear(entry.path);
    const same = compareVersions(version, entry.version) === 'equal';
    const recorded = index.put(
      recordOf(entry, { version, author: entry.author, stat, racy: false, from: same ? from : undefined }),
    );
    options.onApplied({
      what,
      path: entry.path,
      host,
      sizeBytes: entry.sizeBytes,
      before: ours?.hash ?? '',
      after: entry.hash,
    });
    return recorded;
  };
  const renew = (entry: Recorded) => {
    const recorded = index.put({ ...entry, from: undefined });
    options.onChange({ record: recorded, movedFrom: undefined, lone: false, seenAt: performance.now() });
  };
  const keep = (incoming: Incoming, ours: Recorded | undefined, version: Version): Attempt => {
    const { entry, from } = incoming;
    const order = compareVersions(version, ours?.version ?? NO_VERSION);
    // What we knew already is not written again: it would go out as a change, come back, and go round for ever.
    if (order !== 'newer') return SETTLED;
    const same = compareVersions(version, entry.version) === 'equal';
    let kept: Omit<Recorded, 'seq'> = ours ?? { ...entry, stat: undefined, racy: false, from: undefined };
    if (ours?.kind === 'file' && entry.kind === 'file' && ours.stat !== undefined && takesMtime(ours, entry)) {
      const outcome = apply.setMeta(entry.path, { mtimeNs: entry.mtimeNs }, ours.stat);
      if (outcome.kind === 'changed') return changed(entry.path);
      if (outcome.kind === 'done')
        kept = { ...ours, mtimeNs: entry.mtimeNs, author: entry.author, stat: outcome.stat, racy: true };
    }
    index.put({ ...kept, version, from: same ? from : undefined });
    return SETTLED;
  };
  const changed = (path: RelPath): Attempt => {
    const until = capture.look(path);
    return until === undefined ? { kind: 'wait', until: Promise.resolve() } : { kind: 'wait', until };
  };

  const after = (incoming: Incoming, outcome: ApplyOutcome, ours: Recorded | undefined, version: Version): Attempt => {
    const { entry } = incoming;
    switch (outcome.kind) {
      case 'done':
        record(incoming, version, outcome.stat, ours, entry.kind === 'tombstone' ? 'deleted' : 'applied');
        if (entry.kind === 'folder') options.onFolder(entry.path);
        if (outcome.trashed !== undefined && ours?.kind === 'file') options.onTrashed(ours.hash, outcome.trashed);
        return SETTLED;
      case 'changed':
        return changed(entry.path);
      case 'raced': {
        const theirs = record(incoming, version, outcome.stat, ours, 'conflict');
        keepBoth.rescue(theirs, outcome.displaced, outcome.displacedStat, ours);
        return SETTLED;
      }
      case 'not-empty':
        // Ignored files stay where they are, and their folder with them; for everybody else it is gone.
        record(incoming, version, undefined, ours, 'deleted');
        return SETTLED;
      case 'problem':
        problems.report({ path: entry.path, code: outcome.code, cause: outcome.cause, cure: outcome.cure });
        return { kind: 'problem' };
    }
  };

  const remove = (incoming: Incoming, ours: Recorded, version: Version): Attempt => {
    if (ours.kind === 'folder' && index.below(ours.path).some(isLive)) {
      if (!incoming.last) return LAST;
      const seq = index.nextSeq();
      renew({ ...ours, version: bumpVersion(version, index.epoch, seq), seq });
      return SETTLED;
    }
    if (ours.stat === undefined || lstatPath(childPath(root, ours.path)) === undefined) {
      return after(incoming, { kind: 'done', stat: undefined, trashed: undefined }, ours, version);
    }
    return after(incoming, apply.remove(ours.path, ours.stat), ours, version);
  };

  const move = (incoming: Incoming, version: Version): Attempt | undefined => {
    const { entry, movedFrom } = incoming;
    if (movedFrom === undefined) return undefined;
    const old = index.get(movedFrom.path);
    if (
      !isLive(old) ||
      old.stat === undefined ||
      old.kind !== entry.kind ||
      old.hash !== entry.hash ||
      old.mode !== entry.mode
    )
      return undefined;
    if (decide(old, movedFrom) !== 'apply') return undefined;
    const moved = apply.move(old.path, entry.path, old.stat);
    if (moved.kind === 'changed' || moved.kind === 'problem') return undefined;
    record({ ...incoming, entry: movedFrom }, joinVersions(movedFrom.version, old.version), undefined, old, 'deleted');
    // It may have got another time on the way.
    const isSame = moved.kind !== 'done' || moved.stat === undefined || moved.stat.mtimeNs === entry.mtimeNs;
    const outcome = isSame ? moved : apply.setMeta(entry.path, { mtimeNs: entry.mtimeNs }, moved.stat);
    return after(incoming, outcome, undefined, version);
  };

  const applyEntry = (incoming: Incoming, ours: Recorded | undefined, version: Version): Attempt => {
    const { entry, content } = incoming;
    if (entry.kind === 'tombstone')
      return isLive(ours) ? remove(incoming, ours, version) : keep(incoming, ours, version);
    if (!isLive(ours) && wasDeletedHere(entry, ours)) {
      capture.deletedUnseen(entry, version);
      return SETTLED;
    }
    const blocked = ensureParents(entry.path);
    if (blocked !== undefined) return after(incoming, blocked, ours, version);
    // Missing though we have it recorded: deleted here and not seen yet, and an edit is stronger than that.
    const isGone = ours?.stat !== undefined && lstatPath(childPath(root, entry.path)) === undefined;
    // A folder is made again; what was in it is gone all the same.
    if (isGone && ours.kind === 'folder') void capture.look(entry.path);
    const expected = isGone ? undefined : ours?.stat;
    const bytes = packIntended(version === entry.version ? entry : { ...entry, version });
    if (entry.kind === 'folder')
      return after(incoming, apply.putFolder(entry.path, entry.mode, expected, bytes), ours, version);
    if (ours?.kind === 'folder' && expected !== undefined) {
      if (index.below(ours.path).some(isLive)) return keepBoth.conflict(incoming, ours, version);
      const outcome = apply.remove(ours.path, expected);
      if (outcome.kind === 'not-empty') return keepBoth.conflict(incoming, ours, version);
      if (outcome.kind !== 'done') return after(incoming, outcome, ours, version);
      index.put({
        ...unheardOf(ours.path),
        version: ours.version,
        author: ours.author,
        stat: undefined,
        racy: false,
        from: undefined,
      });
      return applyEntry(incoming, index.get(ours.path), version);
    }
    if (entry.kind === 'symlink')
      return after(incoming, apply.putSymlink(entry.path, entry.target, entry.mtimeNs, expected, bytes), ours, version);
    const moved = expected === undefined ? move(incoming, version) : undefined;
    if (moved !== undefined) return moved;
    if (ours?.kind === 'file' && expected !== undefined && ours.hash === entry.hash) {
      return after(
        incoming,
        apply.setMeta(entry.path, { mode: entry.mode, mtimeNs: entry.mtimeNs }, expected),
        ours,
        version,
      );
    }
    if (content === undefined || !isWhole(content, entry)) return options.hasRoom(entry.sizeBytes) ? WANT : full(entry);
    return after(
      incoming,
      apply.putFile(entry.path, content, { mode: entry.mode, mtimeNs: entry.mtimeNs, incoming: bytes }, expected),
      ours,
      version,
    );
  };

  /** What was staged may have been taken away, or damaged, since its hash was checked. */
  const isWhole = (content: Uint8Array | AbsPath, { sizeBytes }: Entry): boolean =>
    typeof content !== 'string' || lstatPath(content)?.sizeBytes === sizeBytes;
  /** Our own change, of which a crash took the record, and nothing is there any more: it was deleted here since. */
  const wasDeletedHere = (entry: Entry, ours: Recorded | undefined): boolean =>
    entry.author === options.author &&
    counterOf(entry.version, index.epoch) > counterOf(ours?.version ?? NO_VERSION, index.epoch) &&
    lstatPath(childPath(root, entry.path)) === undefined;
  const full = (entry: Entry): Attempt => {
    problems.report({
      path: entry.path,
      code: 'DISK_FULL',
      cause: `The disk has no room for its ${entry.sizeBytes} bytes`,
      cure: 'Free some space; it is tried again by itself',
    });
    return { kind: 'problem' };
  };

  const attempt = (incoming: Incoming): Attempt => {
    const { entry } = incoming;
    if (options.ignores(entry.path, entry.kind === 'folder')) return SETTLED;
    const ours = index.get(entry.path);
    const version = joinVersions(ours?.version ?? NO_VERSION, entry.version);
    switch (decide(ours ?? unheardOf(entry.path), entry)) {
      case 'keep':
        return keep(incoming, ours, version);
      case 'apply':
        return applyEntry(incoming, ours, version);
      case 'conflict':
        // Deleted here, and that was not seen yet: an edit is stronger.
        return ours === undefined || lstatPath(childPath(root, entry.path)) === undefined
          ? applyEntry(incoming, ours, version)
          : keepBoth.conflict(incoming, ours, version);
    }
  };

  return {
    one(incoming) {
      let outcome = attempt(incoming);
      for (let tries = 1; outcome.kind === 'wait' && tries < MAX_TRIES && capture.hashing === 0; tries++)
        outcome = attempt(incoming);
      return outcome;
    },
    whole: createReceiveWhole({
      ...options,
      record: (incoming, stat) => record(incoming, incoming.entry.version, stat, undefined, 'applied'),
    }),
  };
}
