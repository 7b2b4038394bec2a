import { readFileSync } from 'node:fs';
import type { WatchProblem } from './tree-watcher.ts';

/** Enough for any tree; the kernel takes memory for watches in use alone. */
const WATCHES = 1_048_576;
const INSTANCES = 1_024;

/** @param errno of the watch that could not be had */
export function watchLimitProblem(errno: string, message: string): WatchProblem {
  if (errno === 'ENOSPC') return limit('max_user_watches', 'inotify watches', WATCHES);
  // Also met where the process has too many files open; more instances do no harm then.
  if (errno === 'EMFILE') return limit('max_user_instances', 'inotify instances', INSTANCES);
  return {
    code: 'WATCH_FAILED',
    cause: `Some folders could not be watched: ${message}. They are scanned in turns.`,
    cure: 'See what the system says: dsync logs',
  };
}

/** Events that the kernel keeps until they are fetched; further ones are lost. */
export function maxQueuedEvents(): number {
  return readLimit('max_queued_events') ?? 16_384;
}

function limit(name: string, what: string, least: number): WatchProblem {
  const current = readLimit(name);
  const wanted = Math.max(least, 2 * (current ?? 0));
  const of = current === undefined ? '' : ` (${name} is ${current})`;
  return {
    code: 'WATCH_LIMIT',
    cause: `The system has no ${what} left for this user${of}; folders without one are scanned in turns.`,
    cure: `Raise it: echo fs.inotify.${name}=${wanted} | sudo tee /etc/sysctl.d/60-${name}.conf && sudo sysctl --system`,
  };
}

function readLimit(name: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(`/proc/sys/fs/inotify/${name}`, 'utf8'), 10);
  } catch {
    return undefined;
  }
}
