/**
 * How large the file has become that a program writes into a folder of its own, under names of its own.
 *
 * @module
 */
import { readdirSync, statSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';

const LOOK_MS = 250;

/** Tells the size at once and then each time that it is another; what comes back ends that. */
export function watchGrowth(folder: AbsPath, onSize: (bytes: number) => void): () => void {
  let known = -1;
  const look = (): void => {
    const size = largestIn(folder);
    if (size !== known) onSize(size);
    known = size;
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** What an earlier run left lies in a folder below until it is taken up. 0 where there is nothing. */
function largestIn(folder: AbsPath): number {
  let largest = 0;
  try {
    for (const name of readdirSync(folder)) {
      const stat = statSync(childPath(folder, name), { throwIfNoEntry: false });
      if (stat?.isFile()) largest = Math.max(largest, stat.size);
    }
  } catch {
    // It was moved away meanwhile.
  }
  return largest;
}
