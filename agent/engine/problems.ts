/**
 * Paths of one root that cannot be read, applied or named here: listed until they are right.
 *
 * @module
 */
import type { Problem } from '../control/api.ts';

export interface Problems {
  /** @param fromDisk found by looking at the disk: gone once a whole pass does not find it again */
  report(problem: Omit<Problem, 'at'>, options?: { readonly fromDisk?: boolean }): void;
  /** A whole pass is over, which began at `startedAt`, by `performance.now()`. */
  passed(startedAt: number): void;
  clear(path: string): void;
  list(): Problem[];
  readonly size: number;
}

export function createProblems(onChange: (problem: Problem) => void): Problems {
  const problemByPath = new Map<string, Problem>();
  const seenAtByPath = new Map<string, number>();
  return {
    report(problem, { fromDisk = false } = {}) {
      if (fromDisk) seenAtByPath.set(problem.path, performance.now());
      else seenAtByPath.delete(problem.path);
      const known = problemByPath.get(problem.path);
      if (known?.code === problem.code && known.cause === problem.cause) return;
      const reported = { ...problem, at: Date.now() };
      problemByPath.set(problem.path, reported);
      onChange(reported);
    },
    passed(startedAt) {
      for (const [path, seenAt] of seenAtByPath) {
        if (seenAt >= startedAt) continue;
        seenAtByPath.delete(path);
        problemByPath.delete(path);
      }
    },
    clear(path) {
      seenAtByPath.delete(path);
      problemByPath.delete(path);
    },
    list: () => [...problemByPath.values()],
    get size() {
      return problemByPath.size;
    },
  };
}
