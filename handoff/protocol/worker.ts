/**
 * Which process works at a handoff, such that a later process with its pid is not taken for it.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Worker } from './handoff.ts';

export function thisWorker(): Worker {
  return { pid: process.pid, started: startOf(process.pid) ?? '' };
}

export function isWorking({ pid, started }: Worker): boolean {
  return startOf(pid) === started;
}

/** When it started, in whatever form; undefined where it runs no more. Source: proc(5), stat fields 3 and 22. */
function startOf(pid: number): string | undefined {
  if (process.platform !== 'linux') {
    try {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
    } catch {
      return undefined;
    }
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
