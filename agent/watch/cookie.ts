/**
 * Proof that the events of everything done so far have arrived: a file is made in a watched folder, and its own event
 * waited for. Events come in order, because all watches of the process share one queue of the kernel.
 * Source: watchman, “cookies”; libuv has one inotify instance, on macOS one event stream, per event loop.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { closeSync, type FSWatcher, openSync, unlink, watch } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { TEMPORARY_PREFIX } from '../core/ignore.ts';

export interface Cookies {
  /**
   * Resolves once all events of what was done before the call have been told; after `fallbackMs` in any case, for
   * filesystems without events.
   *
   * @throws the signal's reason
   */
  sync(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  close(): void;
}

/** @param watchedFolder an existing folder of our own, on the filesystem of the tree */
export function createCookies(watchedFolder: AbsPath, { fallbackMs = 1_000 } = {}): Cookies {
  const session = randomBytes(6).toString('hex');
  const arrivedByName = new Map<string, () => void>();
  let handle: FSWatcher | undefined;
  let count = 0;

  function start(): void {
    if (handle !== undefined) return;
    try {
      handle = watch(watchedFolder, { persistent: false, encoding: 'utf8' }, (_type, name) => {
        if (name !== null) arrivedByName.get(name)?.();
      });
      handle.on('error', stop);
    } catch {
      // Without a watch every `sync` takes the fallback.
    }
  }

  function stop(): void {
    handle?.close();
    handle = undefined;
  }

  async function sync({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    signal?.throwIfAborted();
    start();
    const name = `${TEMPORARY_PREFIX}cookie-${session}-${++count}`;
    const path = childPath(watchedFolder, name);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        // The folder may have been replaced, and its watch with it.
        stop();
        done();
      }, fallbackMs);
      const abort = () => done(signal?.reason);
      function done(error?: unknown): void {
        clearTimeout(timer);
        arrivedByName.delete(name);
        signal?.removeEventListener('abort', abort);
        unlink(path, ignoreError);
        if (error === undefined) resolve();
        else reject(error);
      }
      arrivedByName.set(name, done);
      signal?.addEventListener('abort', abort, { once: true });
      try {
        closeSync(openSync(path, 'wx', 0o600));
      } catch (error) {
        stop();
        done(error);
      }
    });
  }

  return { sync, close: stop };
}

/** What is left of a cookie is a passing file of ours, and no failure. */
function ignoreError(): void {}
