/**
 * One inotify watch per folder.
 *
 * A watch belongs to an inode, not to a path. So a folder that is added again gets a new watch before the old one is
 * closed (on the same inode they share the kernel's watch: nothing is lost between), and a folder that says something
 * about itself (deleted, moved, replaced) gets one at once.
 * Source: inotify(7); libuv 1.46 `src/unix/linux.c`: one inotify instance per event loop, one kernel watch per inode.
 *
 * @module
 */
import { type FSWatcher, watch } from 'node:fs';
import { basename } from 'node:path';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { errnoOf, messageOf } from '../../platform/failure.ts';
import { nameOf, type RelPath } from '../core/rel-path.ts';
import { createFolderTree } from './folder-tree.ts';
import type { TreeWatcher, WatchListener } from './tree-watcher.ts';
import { maxQueuedEvents, watchLimitProblem } from './watch-limit.ts';

interface Watch {
  readonly folder: RelPath | undefined;
  handle: FSWatcher;
  /** Had an event since it was last considered for giving way. */
  used: boolean;
  readonly staged: Staged | undefined;
}

/** Of a folder that was watched before it came to its path. */
interface Staged {
  /** By which it speaks of itself for as long as it has a watch. */
  readonly name: string;
  /** That it was moved to its path is still to be told. */
  moves: boolean;
}

const OPTIONS = { persistent: false, encoding: 'utf8' } as const;

export function watchByInotify(root: AbsPath, { onEvent, onOverflow, onProblem }: WatchListener): TreeWatcher {
  const watches = createFolderTree<Watch>();
  const unwatched = createFolderTree<{ readonly folder: RelPath | undefined }>();
  const said = new Set<string>();
  let clockHand: Iterator<readonly [RelPath | undefined, Watch]> | undefined;
  const overflowAt = maxQueuedEvents() / 2;
  let eventsThisTurn = 0;
  let closed = false;

  function add(folder: RelPath | undefined, stagedAt?: AbsPath): void {
    if (closed) return;
    const known = watches.get(folder);
    const handle = open(folder, stagedAt ?? (folder === undefined ? root : childPath(root, folder)));
    if (handle === 'gone') {
      known?.handle.close();
      watches.delete(folder);
      unwatched.delete(folder);
    } else if (handle === 'none-left') {
      if (known === undefined) unwatched.set(folder, { folder });
    } else if (known !== undefined) {
      known.handle.close();
      known.handle = handle;
    } else {
      const staged = stagedAt && { name: basename(stagedAt), moves: true };
      watches.set(folder, { folder, handle, used: false, staged });
      unwatched.delete(folder);
    }
  }

  function open(folder: RelPath | undefined, at: AbsPath): FSWatcher | 'gone' | 'none-left' {
    try {
      const handle = watch(at, OPTIONS, listenerOf(folder));
      handle.on('error', ignoreError);
      return handle;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'EACCES' || errno === 'ELOOP') return 'gone';
      sayOnce(errno ?? '', messageOf(error));
      return 'none-left';
    }
  }

  function listenerOf(folder: RelPath | undefined) {
    // What a folder says about itself comes under its own name, as a child of that name would.
    const ownName = nameOf(folder ?? (root as string as RelPath));
    return (type: 'rename' | 'change', name: string | null): void => {
      const known = watches.get(folder);
      if (closed || known === undefined) return;
      known.used = true;
      if (eventsThisTurn++ === 0) setImmediate(endTurn);
      const { staged } = known;
      if (type === 'rename' && staged?.moves && name === staged.name) {
        staged.moves = false;
      } else if (type === 'rename' && (name === ownName || name === staged?.name)) {
        add(folder);
        onEvent(folder, undefined);
      } else {
        onEvent(folder, name === null || name.includes('\uFFFD') ? undefined : name);
      }
    };
  }

  function drop(folder: RelPath): void {
    for (const { handle } of watches.take(folder)) handle.close();
    unwatched.take(folder);
  }

  /** Node does not tell of an overflow. But before one the queue is full, and a full queue arrives in one turn. */
  function endTurn(): void {
    if (eventsThisTurn >= overflowAt && !closed) onOverflow?.();
    eventsThisTurn = 0;
  }

  /** Closes a watch without events since the hand last came by; false if there is none to close. */
  function giveWay(): boolean {
    for (let steps = 2 * watches.size + 1; steps > 0; steps--) {
      clockHand ??= watches.entries()[Symbol.iterator]();
      const { done, value } = clockHand.next();
      if (done) {
        clockHand = undefined;
      } else if (value[1].used || value[0] === undefined) {
        value[1].used = false;
      } else {
        value[1].handle.close();
        watches.delete(value[0]);
        unwatched.set(value[0], { folder: value[0] });
        return true;
      }
    }
    return false;
  }

  function sayOnce(errno: string, message: string): void {
    if (said.has(errno)) return;
    said.add(errno);
    onProblem(watchLimitProblem(errno, message));
  }

  return {
    method: 'inotify',
    add,
    addStaged(folder, staged) {
      // One of that name from before is on its way out, or nobody would make it anew.
      drop(folder);
      add(folder, staged);
    },
    prefer(folder) {
      if (!closed && unwatched.get(folder) !== undefined && giveWay()) add(folder);
    },
    drop,
    get watches() {
      return watches.size;
    },
    get unwatched() {
      return unwatched.size;
    },
    *unwatchedFolders() {
      for (const [folder] of unwatched.entries()) yield folder;
    },
    close() {
      closed = true;
      for (const { handle } of watches.take(undefined)) handle.close();
      unwatched.take(undefined);
    },
  };
}

/** An unheard `error` event would end the process; a watch that failed is found by the next scan. */
function ignoreError(): void {}
