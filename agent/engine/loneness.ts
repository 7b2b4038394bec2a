import type { Entry } from '../core/entry.ts';
import { parentOf, type RelPath } from '../core/rel-path.ts';

/** A person and a formatter change as many files of one folder within a moment. */
const FEW = 4;
const WINDOW_MS = 100;
/** Of all folders together: what goes over many of them, a few files in each, is a flood as well. */
const MOST = 64;
/** What fills a folder right after it was made, without a pause of so long, is unpacked or copied, not saved. */
const PAUSE_MS = 1000;

/**
 * Tells a person's save from a part of a flood: few changes in its folder a moment ago, not many in all, and the folder is
 * not being filled for the first time.
 *
 * @returns a function to be called once for each change
 */
export function createLoneness(): (entry: Pick<Entry, 'path' | 'kind'>, nowMs: number) => boolean {
  let countByFolder = new Map<RelPath | undefined, number>();
  let countedSince = 0;
  let loneInAll = 0;
  const filledAtByFolder = new Map<RelPath, number>();
  let sweptAt = 0;

  const isFilling = (folder: RelPath | undefined, nowMs: number): boolean => {
    const at = folder === undefined ? undefined : filledAtByFolder.get(folder);
    return at !== undefined && nowMs - at <= PAUSE_MS;
  };
  const sweep = (nowMs: number): void => {
    sweptAt = nowMs;
    for (const [folder, at] of filledAtByFolder) if (nowMs - at > PAUSE_MS) filledAtByFolder.delete(folder);
  };
  return ({ path, kind }, nowMs) => {
    if (nowMs - countedSince > WINDOW_MS) {
      countByFolder = new Map();
      countedSince = nowMs;
      loneInAll = 0;
    }
    if (nowMs - sweptAt > PAUSE_MS) sweep(nowMs);
    if (kind === 'folder') filledAtByFolder.set(path, nowMs);
    const folder = parentOf(path);
    const count = (countByFolder.get(folder) ?? 0) + 1;
    countByFolder.set(folder, count);
    if (folder === undefined || !isFilling(folder, nowMs)) return count <= FEW && ++loneInAll <= MOST;
    filledAtByFolder.set(folder, nowMs);
    return false;
  };
}
