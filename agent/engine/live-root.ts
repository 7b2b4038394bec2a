/**
 * A root at work: watcher, index, apply and links wired together, and driven in slices, so that the event loop is never
 * blocked for long and a lone save never waits behind a flood.
 *
 * @module
 */
import { fstatSync, readdirSync, unlinkSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { messageOf } from '../../platform/failure.ts';
import { type Apply, createApply } from '../apply/apply.ts';
import { probeRenames, type Renames } from '../apply/exchange.ts';
import { openIntents, readLeft } from '../apply/intents.ts';
import { ensureLocalFolder, LOCAL_FOLDER, PARTIAL_PREFIX, stageFolder } from '../apply/local-folder.ts';
import { checkMarker } from '../apply/marker.ts';
import { recoverStage } from '../apply/recover.ts';
import { createDebounce } from '../core/debounce.ts';
import { isLive, type Recorded } from '../core/entry.ts';
import { joinName, type RelPath } from '../core/rel-path.ts';
import type { IndexStore } from '../index/index-store.ts';
import { type DiskStat, lstatPath, toDiskStat } from '../scan/lstat.ts';
import { probeFilesystem } from '../scan/probe-fs.ts';
import { readStable } from '../scan/read-stable.ts';
import { walk } from '../scan/walk.ts';
import type { LocalChange } from '../transfer/push-lane.ts';
import { createRecentContent } from '../transfer/recent-content.ts';
import { createCookies } from '../watch/cookie.ts';
import { createTreeWatcher, type TreeWatcher } from '../watch/tree-watcher.ts';
import { createCapture } from './capture.ts';
import { createDeletes, type Deletes } from './deletes.ts';
import { createIgnoreState, type IgnoreState } from './ignore-state.ts';
import { readIntended } from './intended.ts';
import { createKeepBoth } from './keep-both.ts';
import { createLoneness } from './loneness.ts';
import { createMemoryRelease } from './memory-release.ts';
import { pass, reportWalked } from './pass.ts';
import type { Problems } from './problems.ts';
import { type Applied, type Attempt, createReceive, type Incoming } from './receive.ts';
import { createSettling } from './settling.ts';
import { createTrashKeeper } from './trash-keeper.ts';

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
  receive(incoming: Incoming): Attempt;
  contentOf(record: Recorded): Uint8Array | undefined;
  toStat(fd: number): NonNullable<Recorded['stat']>;
  stageFor(hash: string): AbsPath;
  /** Removes what is left in the stage of content whose names have this ending, and maybe more. */
  dropPartials(ending: string): void;
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

export interface LiveRootOptions {
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
  /** The links' share of a slice; true if more waits there. */
  readonly workLinks: (untilMs: number) => boolean;
  /** Sends what may be sent; true if more could be. */
  readonly pumpLinks: (untilMs: number) => boolean;
  readonly onChange: (change: LocalChange) => void;
  readonly onApplied: (applied: Applied) => void;
  readonly onSwept: (text: string) => void;
  readonly onHeld: (count: number) => void;
  /** Other ignore rules are in force: everything must be asked for once more. */
  readonly onRules: () => void;
  readonly onHalt: (reason: 'missing' | 'other' | 'root-missing') => void;
  /** Something about the state may be different. */
  readonly onState: () => void;
  readonly onFailure: (text: string, error: unknown) => void;
}

const SLICE_MS = 8;
/** A path without events for so long is saved anew, not still being written. */
const QUIET_MS = 30;
const MIN_SHARE_MS = 2;
const DUE_AT_ONCE = 16;
/** Events may have been lost: a pass follows once it is quiet again. */
const OVERFLOW_QUIET_MS = 1000;
const AUDIT_MS = 3_600_000;
const UNWATCHED_MS = 30_000;

interface Background {
  readonly steps: Iterator<void>;
  readonly done: () => void;
}

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
  const memory = createMemoryRelease(recent.clear);
  const skipped = new Map<RelPath, string>();
  const background: Background[] = [];
  const isLone = createLoneness();
  let idleWaiters: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let scheduled = false;
  let passes = 0;
  let walking = false;
  let inTick = false;
  let overflowAt: number | undefined;
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
        void later(subtree(folder));
        return;
      }
      const path = joinName(folder, name);
      if (ignore.ignores(path, true) && ignore.ignores(path, false)) return;
      debounce.event(path, performance.now());
      wake();
    },
    onProblem: ({ code, cause, cure }) => problems.report({ path: '', code, cause, cure }),
    onOverflow: () => {
      overflowAt = performance.now();
    },
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
    smallBytes: options.smallBytes,
    intended,
    skipped,
    onChange,
    onNewFolder(path) {
      if (!walking) void later(subtree(path));
    },
    onLeftover: (path, stat) => void apply.remove(path, stat),
    lookAgain,
    onHashed: wake,
    isLone: (entry) => !walking && isLone(entry, performance.now()),
    signal,
  });
  /** A folder that this program made: empty, unless somebody was quick. */
  const onFolder = (path: RelPath) => {
    watcher.add(path);
    if (!isEmptyFolder(childPath(root, path))) void later(subtree(path));
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
    onApplied,
    onChange,
    onFolder,
    author: options.author,
    hasRoom: trash.hasRoom,
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
    const forgotten: Recorded[] = [];
    void later(
      (function* () {
        for (const record of index.records()) {
          if (record.kind !== 'tombstone' && ignore.ignores(record.path, record.kind === 'folder'))
            forgotten.push(record);
          yield;
        }
        for (const { path: ignored, kind } of forgotten) {
          index.forget(ignored);
          problems.clear(ignored);
          if (kind === 'folder') watcher.drop(ignored);
        }
        options.onRules();
      })(),
    );
    void scan();
  }
  const enter = (folder: RelPath | undefined) => watcher.add(folder);
  /** A walk goes into new folders by itself. */
  const lookWalked = (path: RelPath, stat: DiskStat) => {
    walking = true;
    try {
      void capture.look(path, stat);
    } finally {
      walking = false;
    }
  };
  const missing = (record: Recorded) => deletes.missing(record);
  /** A folder that is new, was replaced, or about which more is not known than that something is different. */
  function* subtree(folder: RelPath | undefined): Generator<void, void, void> {
    if (folder !== undefined && lstatPath(childPath(root, folder))?.kind !== 'folder') return;
    const known = new Map(
      (folder === undefined ? [...index.records()] : index.below(folder))
        .filter(isLive)
        .map((record) => [record.path, record]),
    );
    for (const walked of walk(root, { from: folder, ignores: ignore.ignores, enter, listed: ignore.listed, signal })) {
      if (walked.kind === 'problem') {
        reportWalked(walked, problems);
        if (walked.hidesBelow) return;
        continue;
      }
      known.delete(walked.path);
      if (walked.path !== folder) lookWalked(walked.path, walked.stat);
      yield;
    }
    for (const record of known.values()) missing(record);
  }
  function later(steps: Iterator<void>): Promise<void> {
    const done = new Promise<void>((resolve) => {
      background.push({ steps, done: resolve });
    });
    wake();
    return done;
  }
  const scan = async (): Promise<number> => {
    passes++;
    const before = found;
    try {
      await index.commit();
      if (signal.aborted) return 0;
      await later(
        pass({
          root,
          index,
          ignores: ignore.ignores,
          enter,
          listed: ignore.listed,
          problems,
          onFound: lookWalked,
          onMissing: missing,
          signal,
        }),
      );
    } finally {
      passes--;
      // Who waits for quiet is told at the end of a slice.
      wake();
    }
    return found - before;
  };
  const isIdle = () =>
    debounce.size === 0 && deletes.waiting === 0 && background.length === 0 && capture.hashing === 0 && passes === 0;

  const workEvents = (until: number) => {
    for (;;) {
      const paths = debounce.due(performance.now(), { limit: DUE_AT_ONCE });
      if (paths.length === 0) return;
      // What is missing first: then what turns up under another name is seen to have moved.
      const there: [RelPath, ReturnType<typeof lstatPath>][] = [];
      for (const path of paths) {
        const stat = capture.lookUp(path);
        if (stat === 'failed') continue;
        if (stat === undefined) void capture.look(path);
        else there.push([path, stat]);
      }
      for (const [path, stat] of there) void capture.look(path, stat);
      const now = performance.now();
      for (const path of paths) debounce.settled(path, now);
      if (now >= until) return;
    }
  };
  const workDeletes = () => {
    const gone = deletes.due(performance.now(), { quiet: background.length === 0 });
    if (gone.length === 0) return;
    const marker = checkMarker(root, options.rootId);
    if (marker !== 'ok') {
      options.onHalt(marker);
      return;
    }
    for (const { path } of gone) {
      const ours = index.get(path);
      if (!isLive(ours)) continue;
      const stat = capture.lookUp(path);
      if (stat === 'failed' || (stat !== undefined && stat.kind !== 'special')) continue;
      if (ours.kind === 'folder') {
        if (index.below(path).some(isLive)) continue;
        watcher.drop(path);
      }
      capture.deleted(ours);
    }
  };
  const workBackground = (until: number) => {
    for (let first = background[0]; first !== undefined; first = background[0]) {
      let finished = false;
      try {
        finished = first.steps.next().done === true;
        memory.worked();
      } catch (error) {
        finished = true;
        if (!signal.aborted) onFailure('A walk over the root failed', error);
      }
      if (finished) {
        background.shift();
        first.done();
      }
      if (performance.now() >= until) return;
    }
  };
  const beginSlice = () => {
    apply.beginSlice();
    capture.beginSlice();
  };
  const tick = () => {
    scheduled = false;
    clearTimeout(timer);
    timer = undefined;
    if (signal.aborted) return;
    beginSlice();
    inTick = true;
    const start = performance.now();
    let linksWait = false;
    try {
      workEvents(start + SLICE_MS);
      workDeletes();
      if (signal.aborted) return;
      linksWait = options.workLinks(Math.max(start + SLICE_MS, performance.now() + MIN_SHARE_MS));
      workBackground(Math.max(start + SLICE_MS, performance.now() + MIN_SHARE_MS));
      linksWait = options.pumpLinks(performance.now() + SLICE_MS) || linksWait;
    } catch (error) {
      onFailure(`Work on the root failed: ${messageOf(error)}`, error);
    } finally {
      inTick = false;
    }
    if (isIdle()) {
      memory.idle();
      const waiters = idleWaiters;
      idleWaiters = [];
      for (const waiter of waiters) waiter();
    }
    options.onState();
    if (linksWait || background.length > 0) wake();
    else {
      const next = Math.min(
        debounce.nextAt() ?? Number.POSITIVE_INFINITY,
        deletes.nextAt() ?? Number.POSITIVE_INFINITY,
      );
      if (next <= performance.now()) wake();
      else if (next < Number.POSITIVE_INFINITY) schedule(next - performance.now());
    }
  };
  function wake(): void {
    if (scheduled || signal.aborted) return;
    scheduled = true;
    setImmediate(tick);
  }
  function schedule(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(tick, Math.max(1, ms));
  }
  const audit = setInterval(() => void scan(), AUDIT_MS);
  const verify = setInterval(() => {
    if (overflowAt === undefined || performance.now() - overflowAt < OVERFLOW_QUIET_MS) return;
    overflowAt = undefined;
    void scan();
  }, OVERFLOW_QUIET_MS);
  const unwatched = setInterval(() => {
    if (watcher.unwatched > 0 && passes === 0) void scan();
  }, UNWATCHED_MS);
  for (const each of [audit, verify, unwatched]) each.unref();

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
      return passes > 0;
    },
    get idle() {
      return isIdle();
    },
    receive(incoming) {
      // From a slice, or straight from the link: then time has passed since the last look at the folders above.
      if (!inTick) beginSlice();
      return receive(incoming);
    },
    contentOf(record) {
      memory.worked();
      const known = recent.get(record.hash);
      if (known !== undefined && known.length === record.sizeBytes) return known;
      if (record.sizeBytes > options.smallBytes) return undefined;
      const read = readStable(childPath(root, record.path), options.smallBytes);
      return read.kind === 'content' && read.hash === record.hash ? read.bytes : undefined;
    },
    toStat: (fd) => toDiskStat(fstatSync(fd, { bigint: true })),
    stageFor: (hash) => apply.stageFor(hash),
    dropPartials(ending) {
      const stage = stageFolder(root);
      for (const name of readdirSync(stage)) {
        if (name.startsWith(PARTIAL_PREFIX) && name.includes(`-${ending}`)) unlinkSync(childPath(stage, name));
      }
    },
    wake,
    scan,
    async quiesce(quiesceSignal) {
      await cookies.sync({ signal: quiesceSignal });
      while (!isIdle() && !signal.aborted) {
        quiesceSignal.throwIfAborted();
        await new Promise<void>((resolve) => {
          idleWaiters.push(resolve);
          wake();
        });
      }
    },
    async look(paths) {
      for (const path of paths) await capture.look(path);
      wake();
    },
    async close() {
      closing.abort();
      clearTimeout(timer);
      for (const each of [audit, verify, unwatched]) clearInterval(each);
      for (const { done } of background.splice(0)) done();
      for (const waiter of idleWaiters.splice(0)) waiter();
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
