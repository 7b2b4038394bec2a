/**
 * A session of this host as a whole: captured, kept, put up again, stopped and let go on. The commands and the protocol
 * between two hosts build on these, and load what they use alone.
 *
 * @module
 */
import { childPath } from '../platform/abs-path.ts';
import type { Home } from '../platform/home.ts';
import { withLock } from '../platform/lock.ts';
import type { RestorePlan, RestoreReport, TargetFacts } from './restore/plan-schema.ts';
import type { Snapshot, SnapshotOwnership } from './snapshot/schema.ts';

export interface SessionOptions {
  readonly home: Home;
  readonly signal: AbortSignal;
  /** Path of the tmux server's socket; the one of $TMUX, else the usual one, if absent. */
  readonly socket?: string | undefined;
}

export interface CaptureOptions extends SessionOptions {
  /** As the user calls it. */
  readonly name?: string | undefined;
  readonly trigger?: Snapshot['trigger'];
  /** Names of tmux sessions; all if absent. */
  readonly sessions?: readonly string[] | undefined;
  /** False leaves out what scrolled by. */
  readonly scrollback?: boolean;
  readonly ownership?: SnapshotOwnership | null;
}

/**
 * This host's session as it stands; nothing but marks in tmux's own options is changed.
 *
 * @returns with a checksum, its blobs already kept beside where it will be saved
 * @throws {DsyncError} SESSION_EMPTY there is nothing to capture; SESSION_UNKNOWN one of `sessions` is not there
 */
export async function captureSession(options: CaptureOptions): Promise<Snapshot> {
  const { capture } = await import('./capture/capture-session.ts');
  // Two at a time would give one session two keys: the first capture of it is what marks it.
  return withLock(childPath(options.home.state, 'handoff/capture.lock'), () => capture(options), {
    timeoutMs: 60_000,
  });
}

export interface SavedSnapshot {
  readonly id: string;
  readonly name: string | null;
  readonly createdAt: string;
  readonly trigger: Snapshot['trigger'];
  readonly host: string;
  readonly sessions: readonly string[];
  readonly panes: number;
  readonly services: number;
  /** Why it cannot be used; all else is then empty. */
  readonly fault?: string;
}

/** Keeps it, whole or not at all; the oldest of its kind beyond 20 go. */
export async function saveSnapshot(home: Home, snapshot: Snapshot): Promise<void> {
  return (await import('./snapshot/store.ts')).save(home, snapshot);
}

/**
 * @param which an id, the beginning of one, or a name: the youngest so called; the youngest of all if absent
 * @throws {DsyncError} SNAPSHOT_UNKNOWN, SNAPSHOT_INVALID
 */
export async function loadSnapshot(home: Home, which?: string): Promise<Snapshot> {
  return (await import('./snapshot/store.ts')).load(home, which);
}

/** The youngest first; those that cannot be read as well. */
export async function listSnapshots(home: Home): Promise<SavedSnapshot[]> {
  return (await import('./snapshot/store.ts')).list(home);
}

/** @returns ids of those that went */
export async function removeSnapshot(home: Home, which: string): Promise<string[]> {
  return (await import('./snapshot/store.ts')).remove(home, which);
}

/** A snapshot with its blobs, to be sent to another host. */
export async function packSnapshot(home: Home, snapshot: Snapshot): Promise<Uint8Array> {
  return (await import('./snapshot/pack.ts')).pack(home, snapshot);
}

/**
 * Checks and keeps what {@link packSnapshot} made.
 *
 * @throws {DsyncError} SNAPSHOT_INVALID; nothing was kept
 */
export async function unpackSnapshot(home: Home, packed: Uint8Array): Promise<Snapshot> {
  return (await import('./snapshot/pack.ts')).unpack(home, packed);
}

export interface FactOptions extends SessionOptions {
  /** Of the terminal that will show the session, status line included; this one's if absent. */
  readonly terminal?: { readonly cols: number; readonly rows: number } | undefined;
  /** `FROM=TO`, absolute. */
  readonly pathMap?: readonly string[];
}

/** What planning has to know of this host. */
export async function gatherFacts(snapshot: Snapshot, options: FactOptions): Promise<TargetFacts> {
  return (await import('./restore/target-facts.ts')).gather(snapshot, options);
}

/** Pure, but for what loads it. */
export async function planRestore(snapshot: Snapshot, facts: TargetFacts): Promise<RestorePlan> {
  return (await import('./restore/plan.ts')).plan(snapshot, facts);
}

export interface RestoreOptions {
  readonly home: Home;
  readonly signal: AbortSignal;
  /** Until services listen. */
  readonly timeoutMs?: number;
  readonly onProgress?: (text: string) => void;
}

/**
 * Puts up what the plan says. What stands already is left as it is, so that doing it again is harmless.
 *
 * @throws {DsyncError} RESTORE_BLOCKED the plan has obstacles; nothing was begun
 */
export async function restoreSession(plan: RestorePlan, options: RestoreOptions): Promise<RestoreReport> {
  return (await import('./restore/restore-session.ts')).restore(plan, options);
}

/** What was stopped, so that it can be started again; plain JSON, for a journal. */
export interface Stopped {
  readonly processes: readonly {
    readonly where: string;
    /** Key of a pane; null where it had none. */
    readonly pane: string | null;
    readonly command: string;
    readonly pids: readonly number[];
    readonly ports: readonly number[];
  }[];
  /** Those that did not end. */
  readonly left: readonly { readonly where: string; readonly command: string; readonly pids: readonly number[] }[];
}

export interface QuiesceOptions extends SessionOptions {
  /** For each signal; 5 s if absent. */
  readonly graceMs?: number;
}

/**
 * Stops what will run on the other host: services and what else would be started there by itself. SIGINT to the
 * foreground's process group, then SIGTERM, each with its time; never more than that.
 */
export async function quiesceSession(snapshot: Snapshot, options: QuiesceOptions): Promise<Stopped> {
  return (await import('./quiesce/quiesce-session.ts')).quiesce(snapshot, options);
}

/** Starts again what was stopped, in its panes. */
export async function resumeSession(
  snapshot: Snapshot,
  stopped: Stopped,
  options: SessionOptions,
): Promise<RestoreReport> {
  return (await import('./quiesce/quiesce-session.ts')).resume(snapshot, stopped, options);
}
