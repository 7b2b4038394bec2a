/**
 * The processes of this user: who started whom, and which belong to a run.
 *
 * Source: proc(5): stat's second field may hold blanks and parentheses, so it is cut at the last one.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessLine {
  readonly pid: number;
  readonly parent: number;
  /** With the pid, never the same again. */
  readonly started: string;
}

/** Set for whatever a run starts, so that a server that left its terminal and its parents is still known. */
export const RUN_VARIABLE = 'DSYNC_RUN';

export function listProcesses(): ProcessLine[] {
  if (process.platform !== 'linux')
    return parsePs(execFileSync('ps', ['-axo', 'pid=,ppid=,lstart='], { encoding: 'utf8' }));
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readStat(Number(name)) ?? []) : []));
}

/** Undefined where there is no such process. */
export function findProcess(pid: number): ProcessLine | undefined {
  return process.platform === 'linux' ? readStat(pid) : listProcesses().find((line) => line.pid === pid);
}

/** A run's own processes: below its first one, or marked as its. */
export function processesOfRun(id: string, pid: number, table = listProcesses()): number[] {
  const found = new Set<number>([pid]);
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const line of table) if (found.has(line.parent)) found.add(line.pid);
  }
  for (const line of table) if (!found.has(line.pid) && hasMark(line.pid, id)) found.add(line.pid);
  return table.filter((line) => found.has(line.pid)).map((line) => line.pid);
}

/** Its command line, as far as this user may see it. */
export function commandOf(pid: number): string {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean).join(' ');
  } catch {
    return '';
  }
}

/** The run that a process belongs to by its mark. */
export function runIdOf(pid: number): string | undefined {
  const [, id] = new RegExp(`(?:^|\\0)${RUN_VARIABLE}=([^\\0]*)`).exec(environmentOf(pid)) ?? [];
  return id;
}

function hasMark(pid: number, id: string): boolean {
  return `\0${environmentOf(pid)}`.includes(`\0${RUN_VARIABLE}=${id}\0`);
}

/** Other users' processes show none; elsewhere than on Linux nobody's do. */
function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

function readStat(pid: number): ProcessLine | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Ended, and not yet waited for: it does nothing any more.
    if (fields[0] === 'Z') return undefined;
    return { pid, parent: Number(fields[1]), started: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/** Pure. */
export function parsePs(text: string): ProcessLine[] {
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, started] = /^\s*(\d+)\s+(\d+)\s+(.+?)\s*$/.exec(line) ?? [];
    return started === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), started }];
  });
}
