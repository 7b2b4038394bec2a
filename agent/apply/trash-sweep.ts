/**
 * What leaves the trash for good: what is too old, and the oldest while there is too much.
 *
 * @module
 */
import { rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AbsPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import { trashFolder } from './local-folder.ts';
import { listBatches, listTrash, type TrashedFile } from './trash-list.ts';

export interface SweepOptions {
  readonly maxAgeDays?: number;
  /** The trash may hold this much after the sweep; unlimited if absent. */
  readonly maxBytes?: number;
  /** What it returns true for stays, however old. */
  readonly keep?: (file: TrashedFile) => boolean;
  readonly now?: number;
  readonly signal?: AbortSignal;
}

export interface Swept {
  readonly files: number;
  readonly bytes: number;
  readonly leftBytes: number;
}

const DAY_MS = 86_400_000;
/** Between two looks at the event loop. */
const SLICE = 200;

/** Oldest first; symlinks are removed, never followed. An abort leaves the rest where it is. */
export async function sweepTrash(root: AbsPath, options: SweepOptions = {}): Promise<Swept> {
  const {
    maxAgeDays = 30,
    maxBytes = Number.POSITIVE_INFINITY,
    keep = () => false,
    now = Date.now(),
    signal,
  } = options;
  const newestFirst: TrashedFile[] = [];
  for (const file of listTrash(root)) {
    newestFirst.push(file);
    if (newestFirst.length % SLICE === 0) await breathe(signal);
  }
  let leftBytes = newestFirst.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let files = 0;
  let bytes = 0;
  for (const file of newestFirst.reverse()) {
    const old = now - stampMs(file.trashedAt) > maxAgeDays * DAY_MS;
    if ((!old && leftBytes <= maxBytes) || keep(file)) continue;
    signal?.throwIfAborted();
    await unlink(file.stored).catch(ignoreGone);
    files++;
    bytes += file.sizeBytes;
    leftBytes -= file.sizeBytes;
    await removeEmpty(dirname(file.stored), trashFolder(root));
  }
  for (const { folder } of listBatches(root)) await rmdir(folder).catch(() => undefined);
  return { files, bytes, leftBytes };
}

/** Empty folders up to the trash itself. */
async function removeEmpty(folder: string, base: AbsPath): Promise<void> {
  for (let at = folder; at.length > base.length; at = dirname(at)) {
    try {
      await rmdir(at);
    } catch {
      return;
    }
  }
}

function stampMs(stamp: string): number {
  return Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function breathe(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function ignoreGone(error: unknown): void {
  if (errnoOf(error) !== 'ENOENT') throw error;
}
