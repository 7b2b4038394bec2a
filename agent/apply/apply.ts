/**
 * Puts staged content at its path, if the path still is what the index says.
 *
 * Calls are synchronous and short: the caller does them in slices, with {@link Apply.beginSlice} before each. Nothing a
 * person saved is ever destroyed: it is at its path, in the trash, or handed to the caller as `raced`.
 *
 * @module
 */
import type { AbsPath } from '../../platform/abs-path.ts';
import type { ContentHash, Stat } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { createDurability } from './durability.ts';
import type { Renames } from './exchange.ts';
import type { Intents } from './intents.ts';
import { createLateWrites, type OnLateWrite } from './late-writes.ts';
import { ensureLocalFolder } from './local-folder.ts';
import { adopt, move } from './move.ts';
import type { ApplyOutcome } from './outcome.ts';
import { createParents } from './parents.ts';
import { type PutFileMeta, putFile, putFolder, putSymlink } from './put.ts';
import { createPutWhole, type PutWhole } from './put-whole.ts';
import { remove } from './remove.ts';
import { type Meta, setMeta } from './set-meta.ts';
import type { Site } from './site.ts';
import { createStage } from './stage.ts';
import { createTrash } from './trash.ts';

/**
 * `expected` is what lstat must show at the path; undefined: nothing. A folder is as expected by inode, type and mode.
 * Where a folder above the path is missing, the outcome is `changed`: folders are put before what is in them.
 */
export interface Apply {
  /** Forgets which folders were seen to be folders; call it whenever the event loop has run in between. */
  readonly beginSlice: () => void;
  /**
   * @param content the bytes, or a complete, verified file in the stage; that one is moved, and is back in its place
   * unless the outcome is `done` or `raced`
   */
  readonly putFile: (
    path: RelPath,
    content: Uint8Array | AbsPath,
    meta: PutFileMeta,
    expected: Stat | undefined,
  ) => ApplyOutcome;
  /** Makes it, sets the mode of the one there, or takes the place of a file or symlink. */
  readonly putFolder: (path: RelPath, mode: number, expected: Stat | undefined, incoming?: Uint8Array) => ApplyOutcome;
  readonly putWhole: PutWhole;
  readonly putSymlink: (
    path: RelPath,
    target: string,
    mtimeNs: bigint,
    expected: Stat | undefined,
    incoming?: Uint8Array,
  ) => ApplyOutcome;
  /**
   * For content that is right already. A write in place within the microseconds between look and touch shows in the
   * size alone: treat the entry as racy.
   */
  readonly setMeta: (path: RelPath, meta: Meta, expected: Stat) => ApplyOutcome;
  /** A file or symlink goes into the trash; a folder goes if it is empty, else `not-empty`. */
  readonly remove: (path: RelPath, expected: Stat) => ApplyOutcome;
  /**
   * Never onto something: then `changed`. The folder above `to` must be there. To another filesystem it is an
   * IO_ERROR: put and remove in its place.
   */
  readonly move: (from: RelPath, to: RelPath, expected: Stat) => ApplyOutcome;
  /** Gives a displaced save or a trashed file a path where nothing is, with all folders above it; else `changed`. */
  readonly adopt: (own: AbsPath, to: RelPath) => ApplyOutcome;
  /** A path in the stage that nobody else uses. */
  readonly newStagePath: () => AbsPath;
  /** Where content of that hash collects over several tries; kept for a day. */
  readonly stageFor: (hash: ContentHash) => AbsPath;
  /** {@link Stage} */
  readonly dropPartials: (ending: string) => void;
  /** Calls back when a displaced file was written to after all, by a program that held it open. */
  readonly recheck: (onLateWrite: OnLateWrite) => void;
  /** Resolves once all applied up to now is on disk; rejects if the disk refuses, and then the next call tries again. */
  readonly flush: () => Promise<void>;
  /** Looks once more at what was displaced, and flushes. */
  readonly close: () => Promise<void>;
}

export interface ApplyOptions {
  readonly root: AbsPath;
  readonly renames: Renames;
  readonly intents?: Intents | undefined;
  /** The filesystem takes names that differ in case or Unicode composition for one. */
  readonly namesFold?: boolean;
  /** When displaced files are looked at again. */
  readonly recheckMs?: readonly number[];
}

/** Creates `.dsync/local` below the root if it is missing. */
export function createApply({ root, renames, intents, namesFold = false, recheckMs }: ApplyOptions): Apply {
  ensureLocalFolder(root);
  const late = createLateWrites(recheckMs);
  const stage = createStage(root);
  const parents = createParents(root);
  const durability = createDurability(root, intents === undefined ? {} : { before: intents.sync });
  const site: Site = {
    root,
    renames,
    intents,
    stage,
    parents,
    durability,
    late,
    trash: createTrash(root, renames),
    namesFold,
    umask: process.umask(),
    elsewhere: new Map(),
  };
  return {
    beginSlice: parents.forget,
    putFile: (path, content, meta, expected) => putFile(site, path, content, meta, expected),
    putFolder: (path, mode, expected, incoming) => putFolder(site, path, mode, expected, incoming),
    putWhole: createPutWhole(site),
    putSymlink: (path, target, mtimeNs, expected, incoming) =>
      putSymlink(site, path, target, mtimeNs, expected, incoming),
    setMeta: (path, meta, expected) => setMeta(site, path, meta, expected),
    remove: (path, expected) => remove(site, path, expected),
    move: (from, to, expected) => move(site, from, to, expected),
    adopt: (own, to) => adopt(site, own, to),
    newStagePath: stage.newPath,
    stageFor: stage.partial,
    dropPartials: stage.dropPartials,
    recheck: late.listen,
    flush: durability.flush,
    async close() {
      late.close();
      await durability.flush();
    },
  };
}
