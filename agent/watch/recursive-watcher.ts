/**
 * One recursive watch for the whole tree: FSEvents on macOS.
 *
 * @module
 */
import { type FSWatcher, watch } from 'node:fs';
import type { AbsPath } from '../../platform/abs-path.ts';
import { messageOf } from '../../platform/failure.ts';
import { nameOf, parentOf, type RelPath } from '../core/rel-path.ts';
import type { TreeWatcher, WatchListener } from './tree-watcher.ts';

export function watchRecursively(root: AbsPath, { onEvent, onProblem }: WatchListener): TreeWatcher {
  let handle: FSWatcher | undefined;
  let failed = false;
  let closed = false;

  function start(): void {
    try {
      handle = watch(root, { persistent: false, recursive: true, encoding: 'utf8' }, listen);
      handle.on('error', fail);
      failed = false;
    } catch (error) {
      fail(error);
    }
  }

  function listen(_type: string, name: string | null): void {
    // Without a name FSEvents has dropped events: anything may have changed.
    const path = (name ?? '') as RelPath;
    const folder = parentOf(path);
    if (path === '' || folder?.includes('\uFFFD')) onEvent(undefined, undefined);
    else onEvent(folder, path.includes('\uFFFD') ? undefined : nameOf(path));
  }

  function fail(error: unknown): void {
    handle?.close();
    handle = undefined;
    if (failed || closed) return;
    failed = true;
    onProblem({
      code: 'WATCH_FAILED',
      cause: `The folder could not be watched: ${messageOf(error)}. It is scanned in turns.`,
      cure: 'Check that the folder is there and readable, then: dsync restart',
    });
  }

  return {
    method: 'fsevents',
    add(folder) {
      // The root is added at each pass: a watch that broke, or a root that came back, starts afresh then.
      if (!closed && (handle === undefined || folder === undefined)) {
        const old = handle;
        start();
        old?.close();
      }
    },
    addStaged() {},
    drop() {},
    prefer() {},
    get watches() {
      return handle === undefined ? 0 : 1;
    },
    get unwatched() {
      return failed ? 1 : 0;
    },
    *unwatchedFolders() {
      if (failed) yield undefined;
    },
    close() {
      closed = true;
      handle?.close();
      handle = undefined;
    },
  };
}
