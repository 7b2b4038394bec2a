/**
 * chokidar's polling, for filesystems that send no events.
 *
 * @module
 */
import type { FSWatcher } from 'chokidar';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { messageOf } from '../../platform/failure.ts';
import { nameOf, parentOf, type RelPath } from '../core/rel-path.ts';
import { createFolderTree } from './folder-tree.ts';
import type { TreeWatcher, WatchListener } from './tree-watcher.ts';

const POLL_MS = 1_000;

export function watchByPolling(
  root: AbsPath,
  { onEvent, onProblem, pollMs = POLL_MS }: WatchListener & { readonly pollMs?: number },
): TreeWatcher {
  const folders = createFolderTree<{ readonly folder: RelPath | undefined }>();
  const absOf = (folder: RelPath | undefined) => (folder === undefined ? root : childPath(root, folder));
  let poller: FSWatcher | undefined;
  let failed = false;
  let closed = false;

  // Loaded where it is needed alone; folders that are added before it is there wait in `folders`.
  const loading = import('chokidar').then(
    ({ watch }) => {
      if (closed) return;
      poller = watch(
        [...folders.entries()].map(([folder]) => absOf(folder)),
        {
          persistent: false,
          usePolling: true,
          interval: pollMs,
          binaryInterval: pollMs,
          depth: 0,
          followSymlinks: false,
          ignoreInitial: true,
          atomic: false,
          ignorePermissionErrors: true,
        },
      );
      poller.on('all', (_event, path) => tell(path));
      poller.on('error', fail);
    },
    (error: unknown) => fail(error),
  );

  function tell(path: string): void {
    if (closed) return;
    const below = path.startsWith(`${root}/`) ? (path.slice(root.length + 1) as RelPath) : undefined;
    if (below !== undefined) onEvent(parentOf(below), below.includes('\uFFFD') ? undefined : nameOf(below));
    else if (path === root) onEvent(undefined, undefined);
  }

  function fail(error: unknown): void {
    if (failed || closed) return;
    failed = true;
    onProblem({
      code: 'WATCH_FAILED',
      cause: `Polling reported an error: ${messageOf(error)}`,
      cure: 'The folder is scanned from time to time all the same; see: dsync logs',
    });
  }

  return {
    method: 'polling',
    add(folder) {
      if (closed || folders.get(folder) !== undefined) return;
      folders.set(folder, { folder });
      poller?.add(absOf(folder));
    },
    addStaged: undefined,
    drop(folder) {
      for (const taken of folders.take(folder)) poller?.unwatch(absOf(taken.folder));
    },
    prefer() {},
    get watches() {
      return folders.size;
    },
    unwatched: 0,
    unwatchedFolders: () => [],
    close() {
      closed = true;
      loading.then(() => poller?.close()).catch(() => undefined);
    },
  };
}
