import type { Entry } from '../core/entry.ts';
import { parentOf, type RelPath } from '../core/rel-path.ts';

const WINDOW_MS = 100;
const FEW = 4;
/** What fills a folder right after it was made is unpacked or copied, not saved. */
const NEW_FOLDER_MS = 1000;

/**
 * Tells a person's save from a part of a flood: few changes in its folder a moment ago, and the folder is not new.
 *
 * @returns a function to be called once for each change
 */
export function createLoneness(): (entry: Pick<Entry, 'path' | 'kind'>, nowMs: number) => boolean {
  let countByFolder = new Map<RelPath | undefined, number>();
  let since = 0;
  // Two generations: what is older than both is forgotten with them.
  let newFolders = new Set<RelPath>();
  let formerFolders = new Set<RelPath>();
  let foldersSince = 0;
  return ({ path, kind }, nowMs) => {
    if (nowMs - since > WINDOW_MS) {
      countByFolder = new Map();
      since = nowMs;
    }
    if (nowMs - foldersSince > NEW_FOLDER_MS) {
      formerFolders = nowMs - foldersSince > 2 * NEW_FOLDER_MS ? new Set() : newFolders;
      newFolders = new Set();
      foldersSince = nowMs;
    }
    if (kind === 'folder') newFolders.add(path);
    const folder = parentOf(path);
    const count = (countByFolder.get(folder) ?? 0) + 1;
    countByFolder.set(folder, count);
    if (folder !== undefined && (newFolders.has(folder) || formerFolders.has(folder))) return false;
    return count <= FEW;
  };
}
