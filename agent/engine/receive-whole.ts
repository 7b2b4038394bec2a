/**
 * Index to disk, for a new folder that comes with the files in it: decided at once and put at once, as in a first sync
 * there is nothing else.
 *
 * @module
 */
import type { AbsPath } from '../../platform/abs-path.ts';
import type { Apply } from '../apply/apply.ts';
import type { NewFile } from '../apply/put-whole.ts';
import { decide } from '../core/decide.ts';
import { type Recorded, type Stat, unheardOf } from '../core/entry.ts';
import { isBelow, parentOf, type RelPath } from '../core/rel-path.ts';
import type { IndexStore } from '../index/index-store.ts';
import { packAllIntended } from './intended.ts';
import type { Incoming } from './receive.ts';

/** A file that its folder takes along: it lies right in it, and its content came with it. */
export function goesAlong({ entry, content, movedFrom }: Incoming, folder: RelPath): boolean {
  return (
    entry.kind === 'file' &&
    content instanceof Uint8Array &&
    movedFrom === undefined &&
    isBelow(entry.path, folder) &&
    !entry.path.includes('/', folder.length + 1)
  );
}

/** Of a folder: what is made in it belongs to its group. The stage has the group of the root. */
const SET_GROUP = 0o2000;

export interface ReceiveWholeOptions {
  readonly index: Pick<IndexStore, 'get'>;
  readonly apply: Pick<Apply, 'putWhole'>;
  /** This host, as entries name it. */
  readonly author: string;
  readonly ignores: (path: RelPath, isFolder: boolean) => boolean;
  /** Its rules hold for what comes after it. */
  readonly isIgnoreFile: (path: RelPath) => boolean;
  readonly watch: {
    readonly addStaged: ((folder: RelPath, staged: AbsPath) => void) | undefined;
    drop(folder: RelPath): void;
  };
  readonly record: (incoming: Incoming, stat: Stat) => Recorded;
}

/**
 * @returns a function that says whether all of it is done; false: nothing is, and each is to be received for itself. The
 * files {@link goesAlong go along} with the folder.
 */
export function createReceiveWhole(
  options: ReceiveWholeOptions,
): (folder: Incoming, files: readonly Incoming[]) => boolean {
  const { index, apply, author, watch, record } = options;
  const { addStaged } = watch;
  if (addStaged === undefined) return () => false;

  /** Nobody here has ever heard of it: whatever was here, or is on its way out, is left to a proper look. */
  const isPlain = ({ entry }: Incoming): boolean =>
    entry.author !== author &&
    index.get(entry.path) === undefined &&
    decide(unheardOf(entry.path), entry) === 'apply' &&
    !options.ignores(entry.path, entry.kind === 'folder');
  const hasPlainParent = (path: RelPath): boolean => {
    const parent = parentOf(path);
    if (parent === undefined) return true;
    const above = index.get(parent);
    return above?.kind === 'folder' && (above.mode & SET_GROUP) === 0;
  };

  return (folder, files) => {
    const { path, mode } = folder.entry;
    if (
      !hasPlainParent(path) ||
      !isPlain(folder) ||
      !files.every((file) => isPlain(file) && !options.isIgnoreFile(file.entry.path))
    )
      return false;
    let watched = false;
    const put = apply.putWhole(
      {
        path,
        mode,
        incoming: packAllIntended([folder, ...files].map(({ entry }) => entry)),
        files: files.map(newFile),
      },
      (staged) => {
        watched = true;
        addStaged(path, staged);
      },
    );
    if (put === undefined) {
      if (watched) watch.drop(path);
      return false;
    }
    record(folder, put.stat);
    for (const [i, file] of files.entries()) {
      const stat = put.stats[i];
      if (stat !== undefined) record(file, stat);
    }
    return true;
  };
}

function newFile({ entry, content }: Incoming): NewFile {
  if (!(content instanceof Uint8Array)) throw new Error(`“${entry.path}” came without content`);
  const { path, mode, mtimeNs } = entry;
  return { path, content, meta: { mode, mtimeNs } };
}
