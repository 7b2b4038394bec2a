/**
 * A root at work: watcher, index, apply and links wired together.
 *
 * @module
 */
import { fstatSync, readdirSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { type Apply, createApply } from '../apply/apply.ts';
import { probeRenames, type Renames } from '../apply/exchange.ts';
import { openIntents, readLeft } from '../apply/intents.ts';
import { ensureLocalFolder, LOCAL_FOLDER } from '../apply/local-folder.ts';
import { recoverStage } from '../apply/recover.ts';
import { createDebounce } from '../core/debounce.ts';
import { isLive, type Recorded } from '../core/entry.ts';
import { joinName, type RelPath } from '../core/rel-path.ts';
import type { IndexStore } from '../index/index-store.ts';
import { createHasher } from '../scan/hash.ts';
import { lstatPath, toDiskStat } from '../scan/lstat.ts';
import { probeFilesystem } from '../scan/probe-fs.ts';
import { readStable } from '../scan/read-stable.ts';
import type { LocalChange } from '../transfer/push-lane.ts';
import { createRecentContent } from '../transfer/recent-content.ts';
import { createSumBook, type SumBook } from '../transfer/sum-book.ts';
import { createCookies } from '../watch/cookie.ts';
import { createTreeWatcher, type TreeWatcher } from '../watch/tree-watcher.ts';
import { createCapture } from './capture.ts';
import { createDeletes, type Deletes } from './deletes.ts';
import { forgetIgnored } from './forget-ignored.ts';
import { createIgnoreState, type IgnoreState } from './ignore-state.ts';
import { readIntended } from './intended.ts';
import { createKeepBoth } from './keep-both.ts';
import { createLocalContent, type LocalContent } from './local-content.ts';
import { createLoneness } from './loneness.ts';
import { createMemoryRelease } from './memory-release.ts';
import type { Problems } from './problems.ts';
import { type Applied, createReceive, type Receive } from './receive.ts';
import { createRegularPasses } from './regular-passes.ts';
import { createSettling } from './settling.ts';
import { createSlices, type SlicesOptions } from './slices.ts';
import { createTicker } from './ticker.ts';
import { createTrashKeeper } from './trash-keeper.ts';
import type { LinksAhead } from './walk-pace.ts';
import { createWalks } from './walks.ts';

export interface LiveRoot {
  readonly watcher: Pick<TreeWatcher, 'method' | 'watches' | 'unwatched'>;
  readonly renames: Renames;
  readonly apply: Apply;
  readonly deletes: Deletes;
  readonly ignore: IgnoreState;
  readonly skipped: ReadonlyMap<RelPath, string>;
  /** The first pass, or one that was asked for, is under way. */
  readonly scanning: boolean;
  readonly idle: boolean;
  readonly receive: Receive;
  contentOf(record: Recorded): Uint8Array | undefined;
  toStat(fd: number): NonNullable<Recorded['stat']>;
  readonly content: LocalContent;
  readonly sums: SumBook;
  /** There is something to do. */
  wake(): void;
  /** One walk over everything. Resolves with the number of changes that it found. */
  scan(): Promise<number>;
  /** Resolves when all that happened on disk before the call is in the index. */
  quiesce(signal: AbortSignal): Promise<void>;
  /** Looks at paths that were changed by the program itself, without waiting for their events. */
  look(paths: readonly RelPath[]): Promise<void>;
  close(): Promise<void>;
}

export interface LiveRootOptions
  extends Pick<SlicesOptions, 'workLinks' | 'pumpLinks' | 'onHalt' | 'onState' | 'onFailure'> {
  readonly root: AbsPath;
  readonly rootId: string;
  readonly index: IndexStore;
  readonly intentsFile: AbsPath;
  readonly author: string;
  readonly smallBytes: number;
  readonly ignoreRules: readonly string[];
  readonly useGitignore: boolean;
  readonly trash: { readonly maxAgeDays: number; readonly maxBytes: number };
  readonly massDelete: { readonly min: number; readonly percent: number };
  readonly problems: Problems;
  readonly linksAhead: LinksAhead;
  readonly onChange: (change: LocalChange) => void;
  readonly onApplied: (applied: Applied) => void;
  readonly onSwept: (text: string) => void;
  readonly onHeld: (count: number) => void;
  /** Other ignore rules are in force: everything must be asked for once more. */
  readonly onRules: () => void;
}

/** A path without events for so long is saved anew, not still being written. */
const QUIET_MS = 30;

export function createLiveRoot(options: LiveRootOptions): LiveRoot {
  const { root, index, problems, onFailure } = options;
  const closing = new AbortController();
  const { signal } = closing;
  ensureLocalFolder(root);
  const local = childPath(root, LOCAL_FOLDER);
  const renames = probeRenames(local);
  const traits = probeFilesystem(local);
  const left = readLeft(options.intentsFile);
  const intended = readIntended(left);
  const recovery = recoverStage({ root, intents: left, renames });
  const intents = openIntents(options.intentsFile);
  const apply = createApply({ root, renames, intents, namesFold: !traits.caseSensitive || !traits.unicodeSensitive });
  const ignore = createIgnoreState(root, { rules: options.ignoreRules, useGitignore: options.useGitignore });
  const trash = createTrashKeeper({
    root,
    ...options.trash,
    onSwept: options.onSwept,
    onFailure,
  });
  const debounce = createDebounce({ quietMs: QUIET_MS });
  const recent = createRecentContent();
  const sums = createSumBook({ createHasher });
  const memory = createMemoryRelease(recent.clear);
  const skipped = new Map<RelPath, string>();
  const ticker = createTicker(() => slices.next());
  const { wake } = ticker;
  const isLone = createLoneness();
  let found = 0;

  const deletes = createDeletes({
    limit: () => Math.max(options.massDelete.min, (index.counts.files * options.massDelete.percent) / 100),
    onHeld: options.onHeld,
  });
  const onChange = (change: LocalChange) => {
    found++;
    options.onChange(change);
    // A change may be found outside of a slice: a large file's hash takes its time.
    wake();
    if (ignore.isIgnoreFile(change.record.path)) refreshRules(change.record.path);
  };
  const watcher = createTreeWatcher(root, {
    onEvent(folder, name) {
      if (name === undefined) {
        walks.below(folder);
        return;
      }
      const path = joinName(folder, name);
      if (ignore.ignores(path, true) && ignore.ignores(path, false)) return;
      if (capture.stands(path)) return;
      debounce.event(path, performance.now());
      wake();
    },
    onProblem: ({ code, cause, cure }) => problems.report({ path: '', code, cause, cure }),
    onOverflow: () => regularPasses.overflowed(),
  });
  const cookies = createCookies(local);
  const lookAgain = (path: RelPath) => {
    debounce.event(path, performance.now());
    wake();
  };
  const capture = createCapture({
    root,
    index,
    author: options.author,
    ignores: ignore.ignores,
    deletes,
    problems,
    recent,
    sums,
    smallBytes: options.smallBytes,
    intended,
    skipped,
    onChange,
    onNewFolder(path) {
      if (!walks.isLooking) walks.below(path);
    },
    onLeftover: (path, stat) => void apply.remove(path, stat),
    lookAgain,
    onHashed: wake,
    isLone: (entry) => !walks.isLooking && isLone(entry, performance.now()),
    signal,
  });
  /** A folder that this program made: empty, unless somebody was quick. */
  const onFolder = (path: RelPath) => {
    watcher.add(path);
    if (!isEmptyFolder(childPath(root, path))) walks.below(path);
  };
  const onApplied = (applied: Applied) => {
    if (applied.what === 'deleted' && applied.before === '') watcher.drop(applied.path);
    options.onApplied(applied);
    settling.touched();
    memory.worked();
    if (ignore.isIgnoreFile(applied.path)) refreshRules(applied.path);
  };
  const keepBoth = createKeepBoth({
    root,
    index,
    apply,
    capture,
    problems,
    author: options.author,
    onApplied,
    onChange,
    onFolder,
  });
  const receive = createReceive({
    root,
    index,
    apply,
    capture,
    keepBoth,
    problems,
    ignores: ignore.ignores,
    isIgnoreFile: ignore.isIgnoreFile,
    watch: watcher,
    onApplied,
    onChange,
    onFolder,
    author: options.author,
    hasRoom: trash.hasRoom,
    onTrashed: (hash, at) => content.kept(hash, at),
  });
  const content = createLocalContent({
    root,
    index,
    smallBytes: options.smallBytes,
    hasRoom: trash.hasRoom,
    lookUp: capture.lookUp,
    signal,
  });
  const settling = createSettling({ index, apply, intents, onFailure });
  apply.recheck((path, trashed) => rescue(path, trashed));

  /** A save that nobody has recorded: it becomes the path's content or a conflict copy. */
  const rescue = (path: RelPath, at: AbsPath) => {
    const stat = lstatPath(at);
    if (stat === undefined) return;
    const now = index.get(path);
    if (isLive(now) && now.stat !== undefined) keepBoth.rescue(now, at, stat, undefined);
    else if (apply.adopt(at, path).kind === 'done') void capture.look(path);
    else onFailure(`A save of “${path}” that came in between is kept in ${at}`, undefined);
    wake();
  };
  function refreshRules(path: RelPath): void {
    if (!ignore.refresh(path)) return;
    walks.add(
      forgetIgnored({ index, ignores: ignore.ignores, problems, onFolder: watcher.drop, onDone: options.onRules }),
    );
    void scan();
  }
  const walks = createWalks({
    root,
    index,
    capture,
    ignores: ignore.ignores,
    enter: (folder) => watcher.add(folder),
    listed: ignore.listed,
    problems,
    onMissing: (record) => deletes.missing(record),
    linksAhead: options.linksAhead,
    wake,
    onStep: memory.worked,
    onFailure(error) {
      if (!signal.aborted) onFailure('A walk over the root failed', error);
    },
    signal,
  });
  const scan = async (): Promise<number> => {
    const before = found;
    await walks.all();
    return found - before;
  };
  const slices = createSlices({
    ...options,
    apply,
    capture,
    debounce,
    deletes,
    walks,
    wake,
    onFolderGone: watcher.drop,
    onIdle: memory.idle,
  });
  const regularPasses = createRegularPasses({
    scan: () => void scan(),
    hasUnwatched: () => watcher.unwatched > 0 && !walks.isScanning,
  });

  const first = scan().then(() => {
    for (const { path, at } of recovery.rescued) rescue(path, at);
  });
  first.catch((error: unknown) => onFailure('The first pass failed', error));

  return {
    watcher,
    renames,
    apply,
    deletes,
    ignore,
    skipped,
    get scanning() {
      return walks.isScanning;
    },
    get idle() {
      return slices.isIdle;
    },
    receive: {
      one(incoming) {
        // From a slice, or straight from the link: then time has passed since the last look at the folders above.
        slices.enter();
        return receive.one(incoming);
      },
      whole: receive.whole,
    },
    contentOf(record) {
      memory.worked();
      const known = recent.get(record.hash);
      if (known !== undefined && known.length === record.sizeBytes) return known;
      if (record.sizeBytes > options.smallBytes) return undefined;
      const read = readStable(childPath(root, record.path), options.smallBytes);
      return read.kind === 'content' && read.hash === record.hash ? read.bytes : undefined;
    },
    content,
    sums,
    toStat: (fd) => toDiskStat(fstatSync(fd, { bigint: true })),
    wake,
    scan,
    async quiesce(quiesceSignal) {
      await cookies.sync({ signal: quiesceSignal });
      await slices.untilIdle(quiesceSignal);
    },
    async look(paths) {
      for (const path of paths) await capture.look(path);
      wake();
    },
    async close() {
      closing.abort();
      ticker.close();
      slices.close();
      regularPasses.close();
      walks.close();
      trash.close();
      memory.close();
      watcher.close();
      cookies.close();
      await settling.close();
      await apply.close();
      intents.close();
    },
  };
}

/** True also where it is gone again: its parent tells. */
function isEmptyFolder(path: AbsPath): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch {
    return true;
  }
}
