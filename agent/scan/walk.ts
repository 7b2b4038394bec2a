/**
 * The tree below a root, depth-first, in the order of the index, so that a scan is a merge of two sorted walks.
 *
 * A synchronous generator: whoever drives it decides how long to go on at a time. What changes meanwhile is met in the
 * old or the new state; the watch that `enter` sets before a folder is read tells of it.
 *
 * @module
 */
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import { joinName, MAX_PATH_BYTES, nameOf, parentOf, parentsOf, type RelPath } from '../core/rel-path.ts';
import { type DiskProblem, diskProblem } from './disk-problem.ts';
import { type DiskKind, type DiskStat, lstatPath } from './lstat.ts';
import { type FolderEntry, type FolderListing, readFolder } from './read-folder.ts';

export type Walked =
  | { readonly kind: DiskKind; readonly path: RelPath; readonly stat: DiskStat }
  /**
   * Something that cannot be read. `path` is the thing itself, or the folder that holds a name which no path can hold;
   * undefined is the root. `hidesBelow`: nothing is known of what is below `path`, so nothing there may count as
   * deleted. `shownPath` is for people.
   */
  | (DiskProblem & {
      readonly kind: 'problem';
      readonly path: RelPath | undefined;
      readonly hidesBelow: boolean;
      readonly shownPath: string;
    });

/** A file by what its folder says; nobody has looked at it. */
export interface Listed {
  readonly kind: 'listed';
  readonly path: RelPath;
}

export interface WalkOptions {
  /** Only this path and what is below it; the whole root if undefined. */
  readonly from?: RelPath | undefined;
  readonly ignores: (path: RelPath, isFolder: boolean) => boolean;
  /** Called before a folder is read; undefined is the root. */
  readonly enter?: ((folder: RelPath | undefined) => void) | undefined;
  /**
   * Called once a folder was read, before any name in it is asked of `ignores`: rules that lie in the folder can be
   * taken in, without a look for them where there are none.
   */
  readonly listed?: ((folder: RelPath | undefined, entries: readonly FolderEntry[]) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ReadingWalkOptions extends WalkOptions {
  /** True where a file is about to be read, which tells all: it is yielded as {@link Listed}, without a look of its own. */
  readonly isRead: (path: RelPath) => boolean;
}

/**
 * Yields each path that is not ignored, a folder right before what is in it. The root itself is not yielded; `from` is,
 * if it is there by way of real folders, and not ignored.
 *
 * @throws the signal's reason
 */
export function walk(root: AbsPath, options: ReadingWalkOptions): Generator<Walked | Listed, void, void>;
export function walk(root: AbsPath, options: WalkOptions): Generator<Walked, void, void>;
export function* walk(
  root: AbsPath,
  { from, ignores, enter, listed, isRead, signal }: WalkOptions & Partial<ReadingWalkOptions>,
): Generator<Walked | Listed, void, void> {
  if (from === undefined) {
    yield* walkFolder(undefined);
    return;
  }
  // Through a symlink there would be another tree.
  if (parentsOf(from).some((folder) => lstatPath(childPath(root, folder))?.kind !== 'folder')) return;
  const walked = look(from);
  if (walked === undefined || ignores(from, walked.kind === 'folder')) return;
  yield walked;
  if (walked.kind === 'folder') yield* walkFolder(from);

  function* walkFolder(top: RelPath | undefined): Generator<Walked | Listed, void, void> {
    // A stack of listings in place of recursion: each level of `yield*` would make every entry below it slower.
    const stack: Level[] = [];
    yield* open(top, stack);
    for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
      const entry = level.listing.entries[level.next++];
      if (entry === undefined) {
        stack.pop();
        continue;
      }
      const path = joinName(level.folder, entry.name);
      if (ignores(path, entry.kind === 'folder')) continue;
      if (entry.kind === 'file' && isRead?.(path) && !isTooLong(path)) {
        yield { kind: 'listed', path };
        continue;
      }
      const walked = look(path);
      if (walked === undefined) continue;
      // The kind may have changed since the folder was read, and a rule may be for folders only.
      if (walked.kind !== entry.kind && walked.kind !== 'problem' && ignores(path, walked.kind === 'folder')) continue;
      yield walked;
      if (walked.kind === 'folder') yield* open(path, stack);
    }
  }

  function* open(folder: RelPath | undefined, stack: Level[]): Generator<Walked, void, void> {
    signal?.throwIfAborted();
    enter?.(folder);
    let listing: FolderListing;
    try {
      listing = readFolder(folder === undefined ? root : childPath(root, folder));
    } catch (error) {
      const errno = errnoOf(error);
      // Deleted or replaced since it was seen. Not so the root: an unmounted disk must not look like an empty one.
      if (folder !== undefined && (errno === 'ENOENT' || errno === 'ENOTDIR')) return;
      const shownPath = folder ?? '';
      yield { kind: 'problem', path: folder, hidesBelow: true, shownPath, ...diskProblem(error, 'read the folder') };
      return;
    }
    listed?.(folder, listing.entries);
    stack.push({ folder, listing, next: 0 });
    for (const { shownName, ...problem } of listing.problems) {
      const shownPath = folder === undefined ? shownName : `${folder}/${shownName}`;
      yield { kind: 'problem', path: folder, hidesBelow: false, shownPath, ...problem };
    }
  }

  function look(path: RelPath): Walked | undefined {
    if (isTooLong(path)) return tooLong(path);
    try {
      const stat = lstatPath(childPath(root, path));
      return stat === undefined ? undefined : { kind: stat.kind, path, stat };
    } catch (error) {
      return { kind: 'problem', path, hidesBelow: true, shownPath: path, ...diskProblem(error, 'look at it') };
    }
  }
}

interface Level {
  readonly folder: RelPath | undefined;
  readonly listing: FolderListing;
  /** Index of the entry that comes next. */
  next: number;
}

function isTooLong(path: RelPath): boolean {
  return path.length * 3 > MAX_PATH_BYTES && Buffer.byteLength(path) > MAX_PATH_BYTES;
}

function tooLong(path: RelPath): Walked {
  return {
    kind: 'problem',
    path: parentOf(path),
    hidesBelow: false,
    shownPath: path,
    code: 'NAME_TOO_LONG',
    cause: `The path of “${nameOf(path)}” is longer than ${MAX_PATH_BYTES} bytes`,
    cure: 'Shorten the names of the folders above it',
  };
}
