/**
 * What is due on this host's side of a root: paths that had events, and paths that are gone for good.
 *
 * @module
 */
import type { AbsPath } from '../../platform/abs-path.ts';
import { checkMarker } from '../apply/marker.ts';
import type { Debounce } from '../core/debounce.ts';
import { isLive } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { IndexStore } from '../index/index-store.ts';
import type { DiskStat } from '../scan/lstat.ts';
import type { Capture } from './capture.ts';
import type { Deletes } from './deletes.ts';

/** Looked at between two looks at the clock. */
const DUE_AT_ONCE = 16;

/** Until the time is up, by `performance.now()`. */
export function workEvents(
  untilMs: number,
  { debounce, capture }: { readonly debounce: Debounce; readonly capture: Capture },
): void {
  for (;;) {
    const paths = debounce.due(performance.now(), { limit: DUE_AT_ONCE });
    if (paths.length === 0) return;
    // What is missing first: then what turns up under another name is seen to have moved.
    const there: [RelPath, DiskStat][] = [];
    for (const path of paths) {
      const stat = capture.lookUp(path);
      if (stat === 'failed') continue;
      if (stat === undefined) void capture.look(path);
      else there.push([path, stat]);
    }
    for (const [path, stat] of there) void capture.look(path, stat);
    const now = performance.now();
    for (const path of paths) debounce.settled(path, now);
    if (now >= untilMs) return;
  }
}

/**
 * @param quiet no walk is under way that may still find what is missing
 * @returns what is wrong with the root's marker: then nothing was recorded
 */
export function workDeletes({
  root,
  rootId,
  index,
  deletes,
  capture,
  quiet,
  onFolderGone,
}: {
  readonly root: AbsPath;
  readonly rootId: string;
  readonly index: IndexStore;
  readonly deletes: Deletes;
  readonly capture: Capture;
  readonly quiet: boolean;
  readonly onFolderGone: (path: RelPath) => void;
}): 'missing' | 'other' | 'root-missing' | undefined {
  const gone = deletes.due(performance.now(), { quiet });
  if (gone.length === 0) return undefined;
  const marker = checkMarker(root, rootId);
  if (marker !== 'ok') return marker;
  for (const { path } of gone) {
    const ours = index.get(path);
    if (!isLive(ours)) continue;
    const stat = capture.lookUp(path);
    if (stat === 'failed' || (stat !== undefined && stat.kind !== 'special')) continue;
    if (ours.kind === 'folder') {
      if (index.below(path).some(isLive)) continue;
      onFolderGone(path);
    }
    capture.deleted(ours);
  }
  return undefined;
}
