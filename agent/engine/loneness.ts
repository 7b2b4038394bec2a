import { parentOf, type RelPath } from '../core/rel-path.ts';

const WINDOW_MS = 100;
const FEW = 4;

/**
 * Tells a person's save from a part of a flood: few changes in its folder a moment ago.
 *
 * @returns a function to be called once for each change
 */
export function createLoneness(): (path: RelPath, nowMs: number) => boolean {
  let countByFolder = new Map<RelPath | undefined, number>();
  let since = 0;
  return (path, nowMs) => {
    if (nowMs - since > WINDOW_MS) {
      countByFolder = new Map();
      since = nowMs;
    }
    const folder = parentOf(path);
    const count = (countByFolder.get(folder) ?? 0) + 1;
    countByFolder.set(folder, count);
    return count <= FEW;
  };
}
