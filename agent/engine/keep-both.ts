/**
 * Two contents, one path: the winner stays, the other is kept under `.dsync/conflicts/`, alike on every host.
 *
 * @module
 */
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { Apply } from '../apply/apply.ts';
import { authorName, conflictPath, conflictWinner, needsCopy } from '../core/conflict.ts';
import { type Entry, type Recorded, type Stat, sameContent, sameStat } from '../core/entry.ts';
import { parentsOf, type RelPath } from '../core/rel-path.ts';
import { bumpVersion, joinVersions, NO_VERSION, type Version } from '../core/version.ts';
import type { IndexStore } from '../index/index-store.ts';
import { lstatPath } from '../scan/lstat.ts';
import { type LinkTarget, readLinkTarget, readStable, type StableContent } from '../scan/read-stable.ts';
import type { LocalChange } from '../transfer/push-lane.ts';
import type { Capture } from './capture.ts';
import type { Problems } from './problems.ts';
import type { Applied, Attempt, Incoming } from './receive.ts';

export interface KeepBoth {
  /** An incoming entry that is concurrent with ours. `version` has seen both. */
  conflict(incoming: Incoming, ours: Recorded, version: Version): Attempt;
  /** A save that was displaced by what stands at the path now; `base` is what that save was made on. */
  rescue(now: Recorded, displaced: AbsPath, stat: Stat, base: Recorded | undefined): void;
}

export interface KeepBothOptions {
  readonly root: AbsPath;
  readonly index: IndexStore;
  readonly apply: Apply;
  readonly capture: Capture;
  readonly problems: Problems;
  readonly author: string;
  readonly onApplied: (applied: Applied) => void;
  readonly onChange: (change: LocalChange) => void;
  readonly onFolder: (path: RelPath) => void;
}

/** Above this a rescued save is kept without being read: it is hashed under its new name. */
const LARGE_BYTES = 64 << 20;
const WAIT_NONE = Promise.resolve();

export function createKeepBoth(options: KeepBothOptions): KeepBoth {
  const { root, index, apply, capture, problems, author } = options;

  const ensureFolders = (path: RelPath) => {
    for (const folder of parentsOf(path)) {
      if (index.get(folder)?.kind === 'folder' && lstatPath(childPath(root, folder))?.kind === 'folder') continue;
      const there = lstatPath(childPath(root, folder));
      const outcome = apply.putFolder(folder, there === undefined ? 0o755 : there.mode & 0o7777, there);
      if (outcome.kind !== 'done' || outcome.stat === undefined) continue;
      capture.own(
        {
          path: folder,
          kind: 'folder',
          sizeBytes: 0,
          mtimeNs: 0n,
          mode: outcome.stat.mode & 0o7777,
          hash: '',
          target: '',
        },
        outcome.stat,
      );
      options.onFolder(folder);
    }
  };
  /** Puts the losing content at its conflict path; true if it is there, or was there already. */
  const keepCopy = (loser: Entry, content: Uint8Array | AbsPath | undefined): boolean => {
    const path = conflictPath(loser);
    if (index.get(path)?.hash === loser.hash) return true;
    ensureFolders(path);
    const outcome =
      loser.kind === 'symlink'
        ? apply.putSymlink(path, loser.target, loser.mtimeNs, undefined)
        : apply.putFile(path, content ?? new Uint8Array(), { mode: loser.mode, mtimeNs: loser.mtimeNs }, undefined);
    if (outcome.kind === 'done' && outcome.stat !== undefined) {
      capture.own(
        {
          path,
          kind: loser.kind,
          sizeBytes: loser.sizeBytes,
          mtimeNs: loser.mtimeNs,
          mode: loser.mode,
          hash: loser.hash,
          target: loser.target,
        },
        outcome.stat,
        {
          ...loser,
          version: NO_VERSION,
        },
      );
      return true;
    }
    if (outcome.kind === 'changed') {
      // Something stands there that was not looked at yet; it has the same name for the same content, or is a person's.
      void capture.look(path);
      return index.get(path)?.hash === loser.hash;
    }
    if (outcome.kind === 'problem')
      problems.report({ path: loser.path, code: outcome.code, cause: outcome.cause, cure: outcome.cure });
    return false;
  };
  const renew = (record: Omit<Recorded, 'seq'>) => {
    const recorded = index.put({ ...record, from: undefined });
    options.onChange({ record: recorded, movedFrom: undefined, lone: false, seenAt: performance.now() });
  };

  /** A save that a program may still be writing: it is recorded as whatever it is under its new name. */
  const keepDisplaced = (save: Entry, displaced: AbsPath) => {
    const path = conflictPath(save);
    ensureFolders(path);
    const outcome = apply.adopt(displaced, path);
    if (outcome.kind !== 'problem') void capture.look(path);
    const isThere = outcome.kind === 'done' || (save.hash !== '' && index.get(path)?.hash === save.hash);
    if (!isThere) {
      problems.report({
        path: save.path,
        code: 'IO_ERROR',
        cause: `A save that came in between is kept in ${displaced}`,
        cure: 'Look at it, and move it where it belongs',
      });
    }
  };

  const theirsStays = (incoming: Incoming, ours: Recorded, version: Version): Attempt => {
    const { entry, content } = incoming;
    const meta = { mode: entry.mode, mtimeNs: entry.mtimeNs };
    const outcome =
      entry.kind === 'folder'
        ? apply.putFolder(entry.path, entry.mode, ours.stat)
        : entry.kind === 'symlink'
          ? apply.putSymlink(entry.path, entry.target, entry.mtimeNs, ours.stat)
          : content === undefined
            ? ours.stat !== undefined && apply.setMeta(entry.path, meta, ours.stat)
            : apply.putFile(entry.path, content, meta, ours.stat);
    if (outcome === false || outcome.kind === 'changed')
      return { kind: 'wait', until: capture.look(entry.path) ?? WAIT_NONE };
    if (outcome.kind === 'problem') {
      problems.report({ path: entry.path, code: outcome.code, cause: outcome.cause, cure: outcome.cure });
      return { kind: 'problem' };
    }
    if (outcome.kind === 'not-empty') return { kind: 'settled' };
    const now = index.put({ ...entry, version, stat: outcome.stat, racy: false, from: undefined });
    options.onChange({ record: now, movedFrom: undefined, lone: false, seenAt: performance.now() });
    if (entry.kind === 'folder') options.onFolder(entry.path);
    if (outcome.kind === 'raced') keepBoth.rescue(now, outcome.displaced, outcome.displacedStat, ours);
    else if (needsCopy(entry, ours)) keepCopy(ours, outcome.trashed);
    return { kind: 'settled' };
  };

  const keepBoth: KeepBoth = {
    conflict(incoming, ours, version) {
      const { entry, content } = incoming;
      const winner = conflictWinner<Entry>(ours, entry);
      const loser = winner === entry ? ours : entry;
      const lacksContent = entry.kind === 'file' && content === undefined && ours.hash !== entry.hash;
      if (lacksContent) return { kind: 'want' };
      // Ours must still be what stands there: what is on disk now is what is kept.
      const there = lstatPath(childPath(root, ours.path));
      if (ours.kind !== 'folder' && (there === undefined || ours.stat === undefined || !sameStat(there, ours.stat))) {
        return { kind: 'wait', until: capture.look(ours.path) ?? WAIT_NONE };
      }
      options.onApplied({
        what: 'conflict',
        path: entry.path,
        host: incoming.host,
        sizeBytes: entry.sizeBytes,
        before: ours.hash,
        after: winner.hash,
      });
      if (winner === entry) return theirsStays(incoming, ours, version);
      if (needsCopy(winner, loser) && !keepCopy(loser, content)) return { kind: 'problem' };
      renew({ ...ours, version });
      return { kind: 'settled' };
    },
    rescue(now, displaced, stat, base) {
      const read = readStable(displaced, LARGE_BYTES);
      const seq = index.nextSeq();
      const version = bumpVersion(base?.version ?? NO_VERSION, index.epoch, seq);
      const join = joinVersions(now.version, version);
      const link = read.kind === 'unstable' ? readLinkTarget(displaced) : undefined;
      const save = saveOf(now.path, { stat, read, link, version, author });
      if (save.hash === '') {
        keepDisplaced(save, displaced);
        return;
      }
      if (sameContent(save, now)) return;
      options.onApplied({
        what: 'conflict',
        path: now.path,
        host: authorName(author),
        sizeBytes: save.sizeBytes,
        before: now.hash,
        after: save.hash,
      });
      if (conflictWinner<Entry>(save, now) !== save || now.stat === undefined || save.kind !== 'file') {
        if (needsCopy(now, save)) keepDisplaced(save, displaced);
        renew({ ...now, version: join });
        return;
      }
      const outcome = apply.putFile(now.path, displaced, { mode: save.mode, mtimeNs: save.mtimeNs }, now.stat);
      if (outcome.kind === 'done' || outcome.kind === 'raced') {
        const back = index.put({ ...save, version: join, stat: outcome.stat, racy: true, from: undefined });
        options.onChange({ record: back, movedFrom: undefined, lone: true, seenAt: performance.now() });
        if (outcome.kind === 'raced') keepBoth.rescue(back, outcome.displaced, outcome.displacedStat, back);
        else {
          if (needsCopy(save, now)) keepCopy(now, outcome.trashed);
          // It may have been written to since it was read.
          void capture.look(now.path);
        }
        return;
      }
      keepDisplaced(save, displaced);
      void capture.look(now.path);
    },
  };
  return keepBoth;
}

/** `hash` is empty where it was not read whole: it is large, or being written. */
function saveOf(
  path: RelPath,
  {
    stat,
    read,
    link,
    ...by
  }: {
    /** Of a moment ago: where the save was read, what was read counts. */
    readonly stat: Stat;
    readonly read: StableContent;
    readonly link: LinkTarget | undefined;
    readonly version: Version;
    readonly author: string;
  },
): Entry {
  if (link?.kind === 'target') {
    const { hash, target } = link;
    return { ...by, path, kind: 'symlink', mode: 0, mtimeNs: stat.mtimeNs, sizeBytes: 0, hash, target };
  }
  const [{ mode, mtimeNs, sizeBytes }, hash] = read.kind === 'content' ? [read.stat, read.hash] : [stat, ''];
  return { ...by, path, kind: 'file', mode: mode & 0o7777, mtimeNs, sizeBytes, hash, target: '' };
}
