/**
 * Paths of one root that cannot be read, applied or named here: listed until they are right.
 *
 * @module
 */
import type { Problem } from '../control/api.ts';

export interface Problems {
  /** @param retry what is asked for again later: a path from the peers, or a look at the disk */
  report(problem: Omit<Problem, 'at'>): void;
  clear(path: string): void;
  list(): Problem[];
  readonly size: number;
}

export function createProblems(onChange: (problem: Problem) => void): Problems {
  const problemByPath = new Map<string, Problem>();
  return {
    report(problem) {
      const known = problemByPath.get(problem.path);
      if (known?.code === problem.code && known.cause === problem.cause) return;
      const reported = { ...problem, at: Date.now() };
      problemByPath.set(problem.path, reported);
      onChange(reported);
    },
    clear(path) {
      problemByPath.delete(path);
    },
    list: () => [...problemByPath.values()],
    get size() {
      return problemByPath.size;
    },
  };
}
