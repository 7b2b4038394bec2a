/**
 * Disk to index: looks at paths and records what is new there as local changes.
 *
 * Each look is synchronous and short, so that no other part of the engine ever sees it half done; large files are hashed
 * beside other work and recorded once their hash is known. What is missing goes to `deletes`, which decides when and
 * whether it counts as deleted; content that turns up elsewhere meanwhile was moved.
 *
 * @module
 */
import type { AbsPath } from '../../platform/abs-path.ts';
import { childPath } from '../../platform/abs-path.ts';
import { type Entry, isLive, type Recorded, type Stat, sameStat } from '../core/entry.ts';
import { parentOf, type RelPath } from '../core/rel-path.ts';
import { compareVersions } from '../core/version.ts';
import { type DiskStat, lstatPath } from '../scan/lstat.ts';
import { readLinkTarget, readStable } from '../scan/read-stable.ts';
import type { RecentContent } from '../transfer/recent-content.ts';
import type { SumBook } from '../transfer/sum-book.ts';
import type { Deletes } from './deletes.ts';
import { createLargeFiles } from './large-files.ts';
import { createLocalRecords, isRacy, type LocalRecords, type LocalRecordsOptions } from './local-records.ts';

export interface Capture extends Pick<LocalRecords, 'deletedUnseen' | 'own'> {
  /** Forgets what was seen on disk; to be called whenever the event loop has run in between. */
  beginSlice(): void;
  /** Whether the path is a folder, reached through folders alone. */
  isRealFolder(path: RelPath): boolean;
  /**
   * Looks at the path now. A new folder is recorded, and what is in it left to `onNewFolder`.
   *
   * @param stat what lstat said a moment ago, if the caller asked already
   * @returns a promise where a large file must be hashed first
   */
  look(path: RelPath, stat?: DiskStat): Promise<void> | undefined;
  /** Looks at a file that a walk met in this moment, that is not ignored, and of which nothing is recorded as a rule. */
  lookAtNew(path: RelPath): Promise<void> | undefined;
  /** True where the disk has just what is recorded, so that an event tells nothing: mostly one of our own making. */
  stands(path: RelPath): boolean;
  /** What is at the path, by way of real folders alone; `failed` where that cannot be said, which was listed. */
  lookUp(path: RelPath): DiskStat | 'failed' | undefined;
  /** Records a missing path as deleted. */
  deleted(ours: Recorded): void;
  /** Large files being hashed; not those that grow all the time and are let be. */
  readonly hashing: number;
}

export interface CaptureOptions extends LocalRecordsOptions {
  readonly root: AbsPath;
  readonly ignores: (path: RelPath, isFolder: boolean) => boolean;
  readonly deletes: Deletes;
  readonly recent: RecentContent;
  readonly sums: Pick<SumBook, 'createHasher'>;
  /** Files up to this size are read whole. */
  readonly smallBytes: number;
  readonly skipped: Map<RelPath, string>;
  readonly onNewFolder: (path: RelPath) => void;
  /** What is there was deleted by an entry that we have taken over. */
  readonly onLeftover: (path: RelPath, stat: Stat) => void;
  /** The path is being written; look again a little later. */
  readonly lookAgain: (path: RelPath) => void;
  /** A large file was dealt with. */
  readonly onHashed: () => void;
  readonly signal: AbortSignal;
}

export function createCapture(options: CaptureOptions): Capture {
  const { root, index, deletes, problems, recent, smallBytes, intended, skipped } = options;
  const { record, tombstone, deletedUnseen, own } = createLocalRecords(options);
  /** Folders that were seen to be reached through folders alone, in this slice. */
  const realFolders = new Set<RelPath>();
  /** Files found empty once: a writer may just have truncated them. */
  const foundEmpty = new Set<RelPath>();

  /** A child never goes out before the folder that it lies in. */
  const recordParents = (path: RelPath): boolean => {
    const parent = parentOf(path);
    if (parent === undefined) return true;
    const ours = index.get(parent);
    if (ours?.kind === 'folder' && !deletes.has(parent)) return true;
    const stat = lstatPath(childPath(root, parent));
    if (stat?.kind !== 'folder' || !recordParents(parent)) return false;
    lookAtFolder(parent, stat, ours);
    return true;
  };
  const lookAtFolder = (path: RelPath, stat: DiskStat, ours: Recorded | undefined) => {
    const mode = stat.mode & 0o7777;
    if (ours?.kind === 'folder') {
      const replaced = ours.stat?.ino !== stat.ino;
      if (ours.mode !== mode) record(folderEntry(path, mode), stat, ours);
      else if (replaced) index.restat({ ...ours, stat });
      if (replaced) options.onNewFolder(path);
      return;
    }
    if (isLive(ours)) deletes.kindChanged(ours);
    record(folderEntry(path, mode), stat, ours);
    options.onNewFolder(path);
  };
  const lookAtSymlink = (path: RelPath, stat: DiskStat, ours: Recorded | undefined) => {
    if (ours?.kind === 'symlink' && ours.stat !== undefined && sameStat(ours.stat, stat)) return;
    const link = readLinkTarget(childPath(root, path));
    switch (link.kind) {
      case 'gone':
      case 'unstable':
        options.lookAgain(path);
        return;
      case 'problem':
        problems.report({ path, code: link.code, cause: link.cause, cure: link.cure }, { fromDisk: true });
        return;
      case 'target':
        if (ours?.kind === 'symlink' && ours.hash === link.hash) index.restat({ ...ours, stat: link.stat });
        else {
          if (ours?.kind === 'folder') removeBelow(ours);
          const { target, hash } = link;
          record(
            { path, kind: 'symlink', sizeBytes: 0, mtimeNs: link.stat.mtimeNs, mode: 0, hash, target },
            link.stat,
            ours,
            findMoved(path, hash, 0, link.stat, ours),
          );
        }
    }
  };
  /** A folder gave way to something else: all in it is gone at once, and was seen to be. */
  const removeBelow = (folder: Recorded) => {
    for (const below of index.below(folder.path).reverse()) if (isLive(below)) tombstone(below);
  };
  const findMoved = (
    path: RelPath,
    hash: string,
    mode: number,
    stat: Stat,
    ours: Recorded | undefined,
  ): Recorded | undefined => {
    if (isLive(ours)) return undefined;
    return deletes.takeMoved(
      stat.ino,
      (gone) =>
        gone.hash === hash &&
        gone.mode === mode &&
        gone.path !== path &&
        // Something else may have come to the old path meanwhile.
        index.get(gone.path)?.seq === gone.seq,
    );
  };
  /** Applied just before a crash, unrecorded, and deleted on the other host meanwhile: that deletion is still to be done. */
  const isLeftover = (path: RelPath, hash: string, ours: Recorded | undefined): boolean => {
    const came = intended.get(path);
    if (came?.hash !== hash || ours?.kind !== 'tombstone') return false;
    if (compareVersions(ours.version, came.version) !== 'newer') return false;
    intended.delete(path);
    return true;
  };
  const recordFile = (path: RelPath, hash: string, stat: Stat, ours: Recorded | undefined) => {
    const mode = stat.mode & 0o7777;
    const { sizeBytes, mtimeNs } = stat;
    if (ours?.kind === 'file' && ours.hash === hash && ours.mode === mode && ours.mtimeNs === mtimeNs) {
      problems.clear(path);
      index.restat({ ...ours, stat, racy: isRacy(mtimeNs) });
      return;
    }
    if (isLeftover(path, hash, ours)) {
      options.onLeftover(path, stat);
      return;
    }
    if (ours?.kind === 'folder') removeBelow(ours);
    record(
      { path, kind: 'file', sizeBytes, mtimeNs, mode, hash, target: '' },
      stat,
      ours,
      findMoved(path, hash, mode, stat, ours),
    );
  };
  const lookAtFile = (path: RelPath, stat: DiskStat, ours: Recorded | undefined): Promise<void> | undefined => {
    if (ours?.kind === 'file' && ours.stat !== undefined && sameStat(ours.stat, stat) && !ours.racy) return undefined;
    if (!isLive(ours)) {
      // The same inode, size and time as a path that just vanished: moved, and its hash is known.
      const moved = deletes.peekMoved(stat.ino);
      if (moved?.stat !== undefined && sameStat(moved.stat, stat) && !moved.racy) {
        recordFile(path, moved.hash, stat, ours);
        return undefined;
      }
    }
    return stat.sizeBytes > smallBytes ? large.hash(path, stat.sizeBytes) : readSmall(path, ours);
  };
  const readSmall = (path: RelPath, ours: Recorded | undefined): Promise<void> | undefined => {
    const read = readStable(childPath(root, path), smallBytes, recent.room);
    switch (read.kind) {
      case 'large':
        return large.hash(path, read.stat.sizeBytes);
      case 'unstable':
      case 'gone':
        options.lookAgain(path);
        return undefined;
      case 'problem':
        problems.report({ path, code: read.code, cause: read.cause, cure: read.cure }, { fromDisk: true });
        return undefined;
      case 'content': {
        const hadContent = !isLive(ours) || ours.sizeBytes > 0;
        if (read.bytes.length === 0 && hadContent && isRacy(read.stat.mtimeNs) && !foundEmpty.delete(path)) {
          foundEmpty.add(path);
          options.lookAgain(path);
          return undefined;
        }
        recent.add(read.hash, read.bytes);
        recordFile(path, read.hash, read.stat, ours);
        return undefined;
      }
    }
  };
  const large = createLargeFiles({
    ...options,
    // Of a new file nobody has anything that the sums could be held against.
    hasherFor: (path) => (index.get(path)?.kind === 'file' ? options.sums.createHasher : undefined),
    lookUp,
    onKnown(path, hash, stat) {
      if (recordParents(path)) recordFile(path, hash, stat, index.get(path));
    },
  });

  const capture: Capture = {
    beginSlice: () => realFolders.clear(),
    isRealFolder(path) {
      if (realFolders.has(path)) return true;
      const stat = lookUp(path);
      if (stat === undefined || stat === 'failed' || stat.kind !== 'folder') return false;
      realFolders.add(path);
      return true;
    },
    look(path, given) {
      const ours = index.get(path);
      const stat = given ?? lookUp(path);
      if (stat === undefined) {
        skipped.delete(path);
        foundEmpty.delete(path);
        if (isLive(ours)) {
          if (ours.kind === 'folder') for (const below of index.below(path)) if (isLive(below)) deletes.missing(below);
          deletes.missing(ours);
        }
        return undefined;
      }
      if (stat === 'failed') return undefined;
      deletes.found(path);
      if (options.ignores(path, stat.kind === 'folder')) return undefined;
      if (stat.kind === 'special') {
        skipped.set(path, specialKind(stat.mode));
        if (isLive(ours)) deletes.missing(ours);
        return undefined;
      }
      skipped.delete(path);
      if (!recordParents(path)) return undefined;
      switch (stat.kind) {
        case 'folder':
          lookAtFolder(path, stat, ours);
          return undefined;
        case 'symlink':
          lookAtSymlink(path, stat, ours);
          return undefined;
        case 'file':
          return lookAtFile(path, stat, ours);
      }
    },
    lookAtNew(path) {
      const ours = index.get(path);
      // What vanished may have moved here: then an inode tells more than the content.
      if (isLive(ours) || deletes.waiting > 0) return capture.look(path);
      skipped.delete(path);
      return recordParents(path) ? readSmall(path, ours) : undefined;
    },
    stands(path) {
      const ours = index.get(path);
      if (!isLive(ours) || ours.kind === 'symlink' || ours.stat === undefined || ours.racy || deletes.has(path))
        return false;
      try {
        const stat = lstatPath(childPath(root, path));
        if (stat === undefined) return false;
        return ours.kind === 'folder'
          ? ours.stat.ino === stat.ino && ours.stat.mode === stat.mode
          : sameStat(ours.stat, stat);
      } catch {
        // Whoever looks at it properly lists why.
        return false;
      }
    },
    lookUp,
    deleted: tombstone,
    deletedUnseen,
    own,
    get hashing() {
      return large.hashing;
    },
  };
  return capture;

  /** Through a symlink on the way there would be another tree: then the path itself is not there. */
  function lookUp(path: RelPath): DiskStat | 'failed' | undefined {
    try {
      for (let parent = parentOf(path); parent !== undefined; parent = parentOf(parent)) {
        if (realFolders.has(parent)) break;
        if (lstatPath(childPath(root, parent))?.kind !== 'folder') return undefined;
      }
      const parent = parentOf(path);
      if (parent !== undefined) realFolders.add(parent);
      return lstatPath(childPath(root, path));
    } catch (error) {
      problems.report({
        path,
        code: 'UNREADABLE',
        cause: `Could not look at it: ${String(error)}`,
        cure: 'Check the permissions of the folders above it',
      });
      return 'failed';
    }
  }
}

function folderEntry(path: RelPath, mode: number): Omit<Entry, 'version' | 'author'> {
  return { path, kind: 'folder', sizeBytes: 0, mtimeNs: 0n, mode, hash: '', target: '' };
}

function specialKind(mode: number): string {
  switch (mode & 0o170000) {
    case 0o140000:
      return 'socket';
    case 0o010000:
      return 'pipe';
    default:
      return 'device';
  }
}
