/**
 * Where snapshots are kept: a file each, their scrollback beside them by hash. Only a snapshot that can be used is ever
 * written, so none that could not takes the place of one that can.
 *
 * @module
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { DsyncError, errnoOf, messageOf } from '../../platform/failure.ts';
import type { Home } from '../../platform/home.ts';
import { withLock } from '../../platform/lock.ts';
import type { SavedSnapshot } from '../session.ts';
import { checksumOf } from './checksum.ts';
import { faultOf, MAX_SNAPSHOT_BYTES, readSnapshot } from './read-snapshot.ts';
import { type Snapshot, snapshotSchema } from './schema.ts';

type State = Pick<Home, 'state'>;

/** Of each name, of those without one, and of those that were saved by themselves. */
const KEPT = 20;
/** A blob that no snapshot names may belong to one that is being captured. */
const UNNAMED_BLOB_MS = 60 * 60 * 1000;

export function blobPath(home: State, sha256: string): AbsPath {
  return childPath(home.state, `handoff/blobs/${sha256}.gz`);
}

/** Keeps what a snapshot will name. Its name is its content, so one that is there is the same. */
export async function keepBlob(home: State, sha256: string, packed: Uint8Array): Promise<void> {
  const path = blobPath(home, sha256);
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // Two panes may show the same.
  const temporary = `${path}.${randomUUID()}.tmp`;
  await writeFile(temporary, packed, { mode: 0o600, flush: true });
  await rename(temporary, path);
}

/** What was kept, as it was before it was packed; undefined where it is gone or damaged. */
export function readBlob(home: State, sha256: string): string | undefined {
  try {
    const text = gunzipSync(readFileSync(blobPath(home, sha256)));
    return createHash('sha256').update(text).digest('hex') === sha256 ? text.toString('utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** @throws {DsyncError} SNAPSHOT_INVALID it could not be used later: it was not saved */
export async function save(home: State, snapshot: Snapshot): Promise<void> {
  const sealed = { ...snapshot, checksum: checksumOf(snapshot) };
  const parsed = snapshotSchema.safeParse(sealed);
  const [issue] = parsed.error?.issues ?? [];
  const fault = parsed.success ? faultOf(parsed.data) : `does not hold at ${issue?.path.join('.')}: ${issue?.message}`;
  if (fault !== undefined) {
    throw new DsyncError('SNAPSHOT_INVALID', `The snapshot ${fault}. It was not saved; earlier ones are as they were.`);
  }
  await withLock(childPath(home.state, 'handoff/lock'), () => {
    writeFileAtomic(snapshotPath(home, snapshot.id), `${JSON.stringify(sealed, null, 1)}\n`);
    prune(home);
  });
}

/** @throws {DsyncError} SNAPSHOT_UNKNOWN, SNAPSHOT_INVALID */
export async function load(home: State, which?: string): Promise<Snapshot> {
  const all = await list(home);
  const id = idOf(all, which);
  return readAt(home, id);
}

/** The youngest first. */
export async function list(home: State): Promise<SavedSnapshot[]> {
  return idsIn(home).map((id) => {
    try {
      return summaryOf(readAt(home, id));
    } catch (error) {
      const none = { name: null, trigger: 'manual', host: '', sessions: [], panes: 0, services: 0 } as const;
      return { id, createdAt: timeOf(home, id), ...none, fault: messageOf(error) };
    }
  });
}

/** @throws {DsyncError} SNAPSHOT_UNKNOWN */
export function remove(home: State, which: string): Promise<string[]> {
  return withLock(childPath(home.state, 'handoff/lock'), async () => {
    const all = await list(home);
    const named = all.filter(({ name }) => name === which);
    const ids = named.length > 0 ? named.map(({ id }) => id) : [idOf(all, which)];
    for (const id of ids) rmSync(snapshotPath(home, id), { force: true });
    sweepBlobs(home);
    return ids;
  });
}

export function summaryOf(snapshot: Snapshot): SavedSnapshot {
  const { id, name, createdAt, trigger, source, mux, services } = snapshot;
  return {
    id,
    name,
    createdAt,
    trigger,
    host: source.name,
    sessions: mux.sessions.map((session) => session.name),
    panes: mux.sessions.flatMap(({ windows }) => windows.flatMap(({ panes }) => panes)).length,
    services: services.length,
  };
}

/** Hashes of all blobs that it names. */
export function blobsOf({ mux }: Snapshot): string[] {
  const panes = mux.sessions.flatMap(({ windows }) => windows.flatMap((window) => window.panes));
  return [...new Set(panes.flatMap(({ scrollback }) => (scrollback === null ? [] : [scrollback.blob.sha256])))];
}

function idOf(all: readonly SavedSnapshot[], which: string | undefined): string {
  const usable = all.filter(({ fault }) => fault === undefined);
  if (which === undefined) {
    const [youngest] = usable;
    if (youngest !== undefined) return youngest.id;
    const [broken] = all;
    if (broken !== undefined) return broken.id;
    throw new DsyncError('SNAPSHOT_UNKNOWN', 'No session was saved yet', { cure: 'Save one: dsync handoff save' });
  }
  const named = usable.find(({ name }) => name === which);
  if (named !== undefined) return named.id;
  const begun = which.length >= 6 ? all.filter(({ id }) => id.startsWith(which.toUpperCase())) : [];
  const [only, second] = begun;
  if (only === undefined) throw new DsyncError('SNAPSHOT_UNKNOWN', `There is no saved session ${which}`);
  if (second === undefined) return only.id;
  throw new DsyncError('SNAPSHOT_UNKNOWN', `${which} is the beginning of ${begun.length} ids`);
}

/** Under the lock. What cannot be read is left to the user. */
function prune(home: State): void {
  const seen = new Map<string, number>();
  for (const id of idsIn(home)) {
    const kind = kindOf(home, id);
    if (kind === undefined) continue;
    const count = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, count);
    if (count > KEPT) rmSync(snapshotPath(home, id), { force: true });
  }
  sweepBlobs(home);
}

function kindOf(home: State, id: string): string | undefined {
  try {
    const { name, trigger } = readAt(home, id);
    if (name !== null) return `name ${name}`;
    return trigger === 'auto' || trigger === 'detach' ? 'by itself' : 'without a name';
  } catch {
    return undefined;
  }
}

function sweepBlobs(home: State): void {
  const folder = childPath(home.state, 'handoff/blobs');
  const named = new Set<string>();
  for (const id of idsIn(home)) {
    try {
      for (const sha256 of blobsOf(readAt(home, id))) named.add(`${sha256}.gz`);
    } catch {
      // Of one that cannot be read nobody knows which it names: all stay.
      return;
    }
  }
  for (const name of namesIn(folder)) {
    const stat = statSync(childPath(folder, name), { throwIfNoEntry: false });
    const isOld = stat !== undefined && Date.now() - stat.mtimeMs > UNNAMED_BLOB_MS;
    if (!named.has(name) && isOld) rmSync(childPath(folder, name), { force: true });
  }
}

function readAt(home: State, id: string): Snapshot {
  const path = snapshotPath(home, id);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new DsyncError('SNAPSHOT_UNKNOWN', `There is no saved session ${id}`);
  if (stat.size > MAX_SNAPSHOT_BYTES) throw new DsyncError('SNAPSHOT_INVALID', `${path} is too large for a snapshot`);
  return readSnapshot(readFileSync(path, 'utf8'), path);
}

function timeOf(home: State, id: string): string {
  return (statSync(snapshotPath(home, id), { throwIfNoEntry: false })?.mtime ?? new Date(0)).toISOString();
}

function snapshotPath(home: State, id: string): AbsPath {
  return childPath(home.state, `handoff/snapshots/${id}.json`);
}

function idsIn(home: State): string[] {
  return namesIn(childPath(home.state, 'handoff/snapshots'))
    .flatMap((name) => /^([0-7][0-9A-HJKMNP-TV-Z]{25})\.json$/.exec(name)?.[1] ?? [])
    .sort()
    .reverse();
}

function namesIn(folder: AbsPath): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return [];
  }
}
