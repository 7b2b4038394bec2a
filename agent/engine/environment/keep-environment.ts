/**
 * While the agent runs: what comes in is there for the next shell at once, and carried dotfiles are kept alike.
 *
 * @module
 */
import { type FSWatcher, watch } from 'node:fs';
import { type AbsPath, absPath, userHome } from '../../../platform/abs-path.ts';
import type { Home } from '../../../platform/home.ts';
import { mirrorFiles } from './mirror-files.ts';
import { writeShellEnv } from './write-shell-env.ts';

const QUIET_MS = 50;

export interface EnvironmentKeeper extends Disposable {
  /** Something may have changed. */
  touch(): void;
}

export function keepEnvironment(options: {
  readonly home: Home;
  readonly hostName: () => string;
  readonly onKeptAside: (path: AbsPath) => void;
  readonly onFailure: (error: unknown) => void;
}): EnvironmentKeeper {
  const { home, hostName, onKeptAside, onFailure } = options;
  const watchers = new Map<AbsPath, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const refresh = (): void => {
    timer = undefined;
    try {
      writeShellEnv(home, { hostName: hostName() });
      const { folders, keptAside } = mirrorFiles(home, {
        hostName: hostName(),
        userHome: absPath(userHome()),
        now: new Date(),
      });
      for (const path of keptAside) onKeptAside(path);
      // What was saved before its folder was watched is seen by looking once more.
      if (watchOnly(folders)) touch();
    } catch (error) {
      onFailure(error);
    }
  };
  const touch = (): void => {
    if (!isClosed) timer ??= setTimeout(refresh, QUIET_MS);
  };
  /** @returns whether any is watched that was not before */
  const watchOnly = (folders: readonly AbsPath[]): boolean => {
    let isMore = false;
    for (const [folder, watcher] of watchers) {
      if (folders.includes(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
    for (const folder of folders) {
      if (watchers.has(folder)) continue;
      const watcher = watch(folder, { persistent: false }, touch);
      watcher.on('error', onFailure);
      watchers.set(folder, watcher);
      isMore = true;
    }
    return isMore;
  };
  touch();
  return {
    touch,
    [Symbol.dispose]() {
      isClosed = true;
      clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}
