/**
 * One walk over a root, or a part of it, against the index.
 *
 * @module
 */
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { isLive, type Recorded, sameStat } from '../core/entry.ts';
import { isBelow, type RelPath, relPathToKey } from '../core/rel-path.ts';
import type { IndexStore } from '../index/index-store.ts';
import { type DiskStat, lstatPath } from '../scan/lstat.ts';
import { type Walked, type WalkOptions, walk } from '../scan/walk.ts';
import type { Capture } from './capture.ts';
import type { Problems } from './problems.ts';

export interface PassOptions {
  readonly root: AbsPath;
  readonly index: IndexStore;
  readonly ignores: (path: RelPath, isFolder: boolean) => boolean;
  readonly enter: WalkOptions['enter'];
  readonly listed: WalkOptions['listed'];
  readonly problems: Problems;
  /** The disk differs from the index here, or has what the index does not. */
  readonly onFound: (path: RelPath, stat: DiskStat) => void;
  /** The same for a file that the index does not know, and that nobody has looked at yet. */
  readonly onNew: (path: RelPath) => void;
  readonly onMissing: (record: Recorded) => void;
  readonly signal: AbortSignal;
}

/**
 * Over the whole root, as a merge of two sorted walks. Yields after each path, so that whoever drives it can stop for a
 * while. The index must be committed before it starts. Where the index has nothing yet, what is found is told at once; else at the end, after what is missing, so that a
 * move is seen as one.
 */
export function* passOver({
  root,
  index,
  ignores,
  enter,
  listed,
  problems,
  onFound,
  onNew,
  onMissing,
  signal,
}: PassOptions): Generator<void, void, void> {
  const startedAt = performance.now();
  const records = index.records()[Symbol.iterator]();
  const found: { path: RelPath; stat: DiskStat }[] = [];
  const hidden: RelPath[] = [];
  const empty = index.counts.files === 0;
  let next = records.next();
  const missing = (record: Recorded) => {
    if (!isLive(record) || hidden.some((folder) => folder === record.path || isBelow(record.path, folder))) return;
    if (!ignores(record.path, record.kind === 'folder')) onMissing(record);
  };
  const isRead = () => empty && next.done === true;
  for (const walked of walk(root, { ignores, enter, listed, isRead, signal })) {
    if (walked.kind === 'listed') {
      onNew(walked.path);
      yield;
      continue;
    }
    if (walked.kind === 'problem') {
      reportWalked(walked, problems);
      if (walked.hidesBelow && walked.path === undefined) return;
      if (walked.hidesBelow && walked.path !== undefined) hidden.push(walked.path);
      continue;
    }
    const { path, stat } = walked;
    const key = next.done ? undefined : relPathToKey(path);
    while (!next.done && key !== undefined && Buffer.compare(relPathToKey(next.value.path), key) < 0) {
      missing(next.value);
      next = records.next();
      yield;
    }
    const record = !next.done && next.value.path === path ? next.value : undefined;
    if (record !== undefined) next = records.next();
    if (record === undefined || differs(record, stat)) {
      // Only what is new may have come from somewhere else.
      if (empty || isLive(record)) onFound(path, stat);
      else found.push({ path, stat });
    }
    yield;
  }
  for (; !next.done; next = records.next()) {
    missing(next.value);
    yield;
  }
  for (const { path, stat } of found) {
    onFound(path, stat);
    yield;
  }
  problems.passed(startedAt);
}

/** Over what was changed last, wherever it lies: people go on where they left off. What is missing is left to a whole pass. */
export function* passLatest(
  limit: number,
  { index, lookUp, onFound }: Pick<PassOptions, 'index' | 'onFound'> & Pick<Capture, 'lookUp'>,
): Generator<void, void, void> {
  for (const record of index.latest(limit)) {
    if (!isLive(record)) continue;
    const stat = lookUp(record.path);
    if (stat !== undefined && stat !== 'failed' && differs(record, stat)) onFound(record.path, stat);
    yield;
  }
}

/** Over one folder, the whole root if undefined; all that is there is told, whether it differs or not. */
export function* passBelow(
  folder: RelPath | undefined,
  { root, index, ignores, enter, listed, problems, onFound, onNew, onMissing, signal }: PassOptions,
): Generator<void, void, void> {
  if (folder !== undefined && lstatPath(childPath(root, folder))?.kind !== 'folder') return;
  const records = folder === undefined ? [...index.records()] : index.below(folder);
  const known = new Map(records.filter(isLive).map((record) => [record.path, record]));
  const isRead = (path: RelPath) => !known.has(path);
  for (const walked of walk(root, { from: folder, ignores, enter, listed, isRead, signal })) {
    if (walked.kind === 'listed') {
      onNew(walked.path);
      yield;
      continue;
    }
    if (walked.kind === 'problem') {
      reportWalked(walked, problems);
      if (walked.hidesBelow) return;
      continue;
    }
    known.delete(walked.path);
    if (walked.path !== folder) onFound(walked.path, walked.stat);
    yield;
  }
  for (const record of known.values()) onMissing(record);
}

function differs(record: Recorded, stat: DiskStat): boolean {
  if (record.kind !== stat.kind || record.stat === undefined || record.racy) return true;
  if (stat.kind === 'folder') return record.stat.ino !== stat.ino || record.stat.mode !== stat.mode;
  return !sameStat(record.stat, stat);
}

/** Lists what could not be read. */
function reportWalked(walked: Extract<Walked, { kind: 'problem' }>, problems: Problems): void {
  problems.report(
    { path: walked.shownPath, code: walked.code, cause: walked.cause, cure: walked.cure },
    { fromDisk: true },
  );
}
