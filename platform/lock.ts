/**
 * One writer at a time over processes: a lock file that is created or is not, with its owner's pid in it.
 *
 * @module
 */

import { linkSync, mkdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AbsPath } from './abs-path.ts';
import { DsyncError, errnoOf } from './failure.ts';
import { isAlive } from './is-alive.ts';

/** A lock without a pid in it is being written; longer than this, its writer died. */
const UNWRITTEN_MS = 5_000;
/** What is done under a lock takes milliseconds: this old, its pid belongs to another process by now. */
const ABANDONED_MS = 60_000;
const RETRY_MS = 15;

/**
 * Runs `work` while no other process does so under the same path. Not re-entrant.
 *
 * @throws {DsyncError} TIMEOUT a live process holds the lock for longer than `timeoutMs`
 */
export async function withLock<T>(path: AbsPath, work: () => T | Promise<T>, { timeoutMs = 10_000 } = {}): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  while (!take(path)) {
    if (!breakStale(path)) {
      if (performance.now() > deadline) {
        throw new DsyncError('TIMEOUT', `Another dsync process (pid ${ownerOf(path) ?? 'unknown'}) holds ${path}`, {
          cure: `Wait for it to end. If it hangs, end it, then remove ${path}`,
        });
      }
      await sleep(RETRY_MS);
    }
  }
  try {
    return await work();
  } finally {
    if (ownerOf(path) === process.pid) unlinkSync(path);
  }
}

function take(path: AbsPath): boolean {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Returns true if the lock's owner is gone and so the lock is. */
function breakStale(path: AbsPath): boolean {
  const owner = ownerOf(path);
  const isHeld = owner === undefined ? !isOlder(path, UNWRITTEN_MS) : isAlive(owner) && !isOlder(path, ABANDONED_MS);
  if (isHeld) return false;
  // Two processes may find the same stale lock. Whoever moves a lock that is another by then puts it back.
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
    if (ownerOf(aside) !== owner) linkSync(aside, path);
    unlinkSync(aside);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'EEXIST') throw error;
  }
  return true;
}

function ownerOf(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    return pid > 0 ? pid : undefined;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isOlder(path: AbsPath, ageMs: number): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > ageMs;
}
