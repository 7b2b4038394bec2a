/**
 * Branch and dirty mark of the projects that are seen, found out a few at a time.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { readBranch } from '../discover/repository.ts';

export interface GitMarks {
  /** `main`, `main*` with uncommitted changes; empty until it is known, and outside of a repository. */
  readonly of: (path: string) => string;
  /** These are wanted; what is known already is not looked at again. */
  readonly want: (paths: readonly string[]) => void;
  readonly stop: () => void;
}

/** More at once are slower, measured on two cores. */
const AT_ONCE = 4;
const TIMEOUT_MS = 2_000;
/** A repository's own settings could name programs that git then runs; none are, nor is anything locked. */
const SAFE = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '--no-optional-locks'];

export function createGitMarks(onChange: () => void): GitMarks {
  const markByPath = new Map<string, string>();
  const over = new AbortController();
  let waiting: string[] = [];
  let running = 0;

  function pump(): void {
    while (running < AT_ONCE && !over.signal.aborted) {
      const path = waiting.shift();
      if (path === undefined) return;
      const branch = readBranch(path);
      markByPath.set(path, branch ?? '');
      if (branch === undefined) continue;
      running++;
      void isDirty(path, over.signal).then((dirty) => {
        running--;
        markByPath.set(path, dirty ? `${branch}*` : branch);
        if (!over.signal.aborted) onChange();
        pump();
      });
    }
  }

  return {
    of: (path) => markByPath.get(path) ?? '',
    want(paths) {
      // What is no longer seen can wait until it is again.
      waiting = paths.filter((path) => !markByPath.has(path));
      pump();
    },
    stop: () => over.abort(),
  };
}

/** One that takes too long counts as clean. */
function isDirty(path: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const args = [...SAFE, '-C', path, 'status', '--porcelain=v2', '--untracked-files=normal', '-z'];
    execFile('git', args, { timeout: TIMEOUT_MS, signal, maxBuffer: 1 << 24 }, (error, stdout) =>
      resolve(error === null && stdout !== ''),
    );
  });
}
