/**
 * Visible first, durable soon after: what was applied is written to disk in groups, off the event loop.
 *
 * @module
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { AbsPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import { loadNative, systemError } from './native.ts';

export interface Durability {
  /**
   * @param at the file whose content is new; undefined where a name alone changed
   * @param elsewhere it is on another filesystem than the root
   */
  readonly touched: (parent: AbsPath, at: AbsPath | undefined, elsewhere: boolean) => void;
  /** Resolves once all touched so far is on disk. After a rejection the same is tried again by the next call. */
  readonly flush: () => Promise<void>;
}

export interface DurabilityOptions {
  /** Runs first, so that an intent is on disk before what it announces. */
  readonly before?: () => Promise<void>;
  /** From this many paths on the whole filesystem is synced in place of each. */
  readonly manyPaths?: number;
}

const PARALLEL = 4;

export function createDurability(root: AbsPath, { before, manyPaths = 32 }: DurabilityOptions = {}): Durability {
  let files = new Set<AbsPath>();
  let folders = new Set<AbsPath>();
  const onOthers = new Set<AbsPath>();
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;

  const syncGroup = async (): Promise<void> => {
    next = undefined;
    if (files.size === 0 && folders.size === 0) return;
    const group = { files, folders };
    files = new Set();
    folders = new Set();
    try {
      await before?.();
      if (group.files.size + group.folders.size >= manyPaths && (await syncFilesystemOf(root))) {
        for (const path of [...group.files, ...group.folders]) {
          if (onOthers.has(path)) continue;
          group.files.delete(path);
          group.folders.delete(path);
        }
      }
      // Names after content: a name on disk never leads to content that is not.
      await syncEach([...group.files]);
      await syncEach([...group.folders]);
      for (const path of onOthers) if (!files.has(path) && !folders.has(path)) onOthers.delete(path);
    } catch (error) {
      for (const file of group.files) files.add(file);
      for (const folder of group.folders) folders.add(folder);
      throw error;
    }
  };

  return {
    touched(parent, at, elsewhere) {
      if (elsewhere) {
        onOthers.add(parent);
        if (at !== undefined) onOthers.add(at);
      }
      folders.add(parent);
      if (at !== undefined) files.add(at);
    },
    flush() {
      // Calls that come while one group is written share the next.
      if (next === undefined) {
        const group = running.then(syncGroup, syncGroup);
        next = group;
        running = group.catch(() => undefined);
      }
      return next;
    },
  };
}

/** Returns false where the platform has no such call. */
async function syncFilesystemOf(root: AbsPath): Promise<boolean> {
  const sync = loadNative()?.syncFilesystem;
  if (sync === undefined) return false;
  const handle = await open(root, constants.O_RDONLY);
  try {
    const failed = await sync(handle.fd, root);
    if (failed !== 0) throw systemError(failed, 'syncfs', root);
  } finally {
    await handle.close();
  }
  return true;
}

async function syncEach(paths: readonly AbsPath[]): Promise<void> {
  const left = [...paths];
  const worker = async (): Promise<void> => {
    for (let path = left.pop(); path !== undefined; path = left.pop()) await syncOne(path);
  };
  const done = await Promise.allSettled(Array.from({ length: Math.min(PARALLEL, left.length) }, worker));
  for (const result of done) if (result.status === 'rejected') throw result.reason;
}

/** What is gone by now, or became a symlink or unreadable, is no content of ours to wait for. */
async function syncOne(path: AbsPath): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'ENXIO'].includes(errnoOf(error) ?? '')) return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
