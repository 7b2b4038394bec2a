/**
 * A queue of paths in which one save in a quiet folder overtakes thousands in a busy one.
 *
 * Folders stand in classes by how many paths they ever had waiting at once (1, 2–3, 4–7, …). The lowest class goes
 * first, one path of each folder in turn; in the lowest the folder that came last and the one that waits longest
 * alternate, so that a save overtakes a flood over many small folders too. Every eighth path comes from the highest
 * class, so that nothing waits for ever.
 *
 * @module
 */
import { parentOf, type RelPath } from './rel-path.ts';

export interface FairQueue {
  /** The path must not be in the queue. */
  push(path: RelPath): void;
  take(): RelPath | undefined;
  readonly size: number;
}

interface Folder {
  readonly key: RelPath | undefined;
  readonly paths: RelPath[];
  /** Index of the first path that was not taken. */
  head: number;
  class: number;
}

/** Folders of one class, oldest first; those that moved to another class are skipped when they are met. */
interface Line {
  folders: Folder[];
  head: number;
}

const HIGHEST_EVERY = 8;

export function createFairQueue(): FairQueue {
  const folderByKey = new Map<RelPath | undefined, Folder>();
  const lines: Line[] = [];
  let size = 0;
  let taken = 0;

  function push(path: RelPath): void {
    size++;
    const key = parentOf(path);
    const folder = folderByKey.get(key);
    if (folder === undefined) {
      const created: Folder = { key, paths: [path], head: 0, class: 0 };
      folderByKey.set(key, created);
      lineAt(0).folders.push(created);
      return;
    }
    folder.paths.push(path);
    const wanted = 31 - Math.clz32(folder.paths.length - folder.head);
    if (wanted > folder.class) {
      folder.class = wanted;
      lineAt(wanted).folders.push(folder);
    }
  }

  function take(): RelPath | undefined {
    if (size === 0) return undefined;
    const turn = taken++;
    const folder = turn % HIGHEST_EVERY === HIGHEST_EVERY - 1 ? fromHighest() : fromLowest(turn % 2 === 0);
    const path = folder?.paths[folder.head];
    if (folder === undefined || path === undefined) return undefined;
    folder.head++;
    size--;
    if (folder.head === folder.paths.length) folderByKey.delete(folder.key);
    else lineAt(folder.class).folders.push(folder);
    return path;
  }

  function fromLowest(newest: boolean): Folder | undefined {
    for (let at = 0; at < lines.length; at++) {
      const folder = pick(at, newest);
      if (folder !== undefined) return folder;
    }
    return undefined;
  }

  function fromHighest(): Folder | undefined {
    for (let at = lines.length - 1; at >= 0; at--) {
      const folder = pick(at, false);
      if (folder !== undefined) return folder;
    }
    return undefined;
  }

  function pick(at: number, newest: boolean): Folder | undefined {
    const line = lineAt(at);
    while (line.head < line.folders.length) {
      const folder = newest && at === 0 ? line.folders.pop() : line.folders[line.head++];
      if (line.head > 1024 && line.head * 2 > line.folders.length) {
        line.folders = line.folders.slice(line.head);
        line.head = 0;
      }
      if (folder !== undefined && folder.class === at && folder.head < folder.paths.length) return folder;
    }
    line.folders = [];
    line.head = 0;
    return undefined;
  }

  function lineAt(at: number): Line {
    const known = lines[at];
    if (known !== undefined) return known;
    const line: Line = { folders: [], head: 0 };
    lines[at] = line;
    for (let below = 0; below < at; below++) lines[below] ??= { folders: [], head: 0 };
    return line;
  }

  return {
    push,
    take,
    get size() {
      return size;
    },
  };
}
