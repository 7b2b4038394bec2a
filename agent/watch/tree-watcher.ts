/**
 * Events of a whole tree, by whatever this platform and this filesystem have for it.
 *
 * An event says where to look, never what happened: what is true is on disk.
 *
 * @module
 */
import type { AbsPath } from '../../platform/abs-path.ts';
import type { RelPath } from '../core/rel-path.ts';
import { filesystemWithoutEvents } from './filesystem-events.ts';
import { watchByInotify } from './inotify-watcher.ts';
import { watchByPolling } from './polling-watcher.ts';
import { watchRecursively } from './recursive-watcher.ts';

export interface TreeWatcher {
  readonly method: 'inotify' | 'fsevents' | 'polling';
  /**
   * Watches one folder; its subfolders are added one by one. To be called before the folder is read, so that nothing
   * falls between. Once more for a watched folder is right whenever it may have been replaced: no event is lost.
   * Undefined is the root.
   */
  add(folder: RelPath | undefined): void;
  /**
   * The same for a folder that lies elsewhere on the root's filesystem and is about to be renamed to its place: what is
   * done in it from now on is not missed. Undefined where that cannot be.
   */
  readonly addStaged: ((folder: RelPath, staged: AbsPath) => void) | undefined;
  /** Forgets a folder and all below it: removed, renamed away or ignored. */
  drop(folder: RelPath): void;
  /** A change was found in a folder without a watch: it gets that of a folder which had no events for long. */
  prefer(folder: RelPath | undefined): void;
  readonly watches: number;
  /** Folders for which the system had no watch left; they are to be scanned in turns. */
  readonly unwatched: number;
  unwatchedFolders(): Iterable<RelPath | undefined>;
  close(): void;
}

/** Said once for each cause. */
export interface WatchProblem {
  readonly code: 'WATCH_LIMIT' | 'WATCH_FAILED';
  readonly cause: string;
  readonly cure: string;
}

export interface WatchListener {
  /**
   * Something changed at `name` in `folder`; with `name` undefined somewhere in `folder`, so that all of it is to be
   * looked at. A folder of undefined is the root. May name what is gone, was never there, or is the same as before.
   */
  onEvent(folder: RelPath | undefined, name: string | undefined): void;
  /** Events were probably lost: the system keeps so many and no more. Everything is to be scanned. */
  onOverflow?(): void;
  onProblem(problem: WatchProblem): void;
}

export interface WatchOptions extends WatchListener {
  /** `auto`: what suits the platform and the filesystem of the root. */
  readonly method?: 'auto' | TreeWatcher['method'] | undefined;
  /** How often polling looks; 1,000 by default. */
  readonly pollMs?: number | undefined;
}

/** Watches nothing until folders are added. Does not keep the process running. */
export function createTreeWatcher(root: AbsPath, { method = 'auto', pollMs, ...listener }: WatchOptions): TreeWatcher {
  switch (method === 'auto' ? methodFor(root) : method) {
    case 'inotify':
      return watchByInotify(root, listener);
    case 'fsevents':
      return watchRecursively(root, listener);
    case 'polling':
      return watchByPolling(root, { ...listener, ...(pollMs === undefined ? {} : { pollMs }) });
  }
}

function methodFor(root: AbsPath): TreeWatcher['method'] {
  if (filesystemWithoutEvents(root) !== undefined) return 'polling';
  return process.platform === 'darwin' ? 'fsevents' : 'inotify';
}
