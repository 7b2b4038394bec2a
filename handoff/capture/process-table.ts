/**
 * All processes: who started whom, on which terminal, in which group. Linux has them in /proc, elsewhere `ps` tells.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** The group that has the terminal; -1 without a terminal. */
  readonly foreground: number;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  /** Ended, and not yet waited for. */
  readonly isZombie: boolean;
}

export interface ProcessTable {
  readonly byPid: ReadonlyMap<number, Process>;
  readonly childrenOf: (pid: number) => readonly Process[];
  /** The process and all below it. */
  readonly treeOf: (pid: number) => readonly Process[];
  readonly argvOf: (pid: number) => Argv;
  readonly exeOf: (pid: number) => string;
  /** Undefined for another user's. */
  readonly cwdOf: (pid: number) => string | undefined;
  /** As it was when the program was started; empty where it cannot be read. */
  readonly environmentOf: (pid: number) => ReadonlyMap<string, string>;
}

export interface Argv {
  readonly argv: readonly string[];
  /** False where the program wrote over them, or where they can only be read as one line. */
  readonly trusted: boolean;
}

export function readProcessTable(): ProcessTable {
  return process.platform === 'linux' ? linuxTable() : psTable();
}

function tableOf(
  processes: readonly Process[],
  readers: Pick<ProcessTable, 'argvOf' | 'exeOf' | 'cwdOf' | 'environmentOf'>,
): ProcessTable {
  const byPid = new Map(processes.map((one) => [one.pid, one]));
  const byParent = new Map<number, Process[]>();
  for (const one of processes) byParent.set(one.parent, [...(byParent.get(one.parent) ?? []), one]);
  const childrenOf = (pid: number): readonly Process[] => byParent.get(pid) ?? [];
  const treeOf = (pid: number): readonly Process[] => {
    const own = byPid.get(pid);
    return [...(own === undefined ? [] : [own]), ...childrenOf(pid).flatMap((child) => treeOf(child.pid))];
  };
  return { byPid, childrenOf, treeOf, ...readers };
}

function linuxTable(): ProcessTable {
  const bootMs = Number(/^btime (\d+)$/m.exec(readText('/proc/stat'))?.[1] ?? 0) * 1000;
  const processes = readdirSync('/proc').flatMap((name) =>
    /^\d+$/.test(name) ? (parseStat(readText(`/proc/${name}/stat`), bootMs) ?? []) : [],
  );
  return tableOf(processes, {
    argvOf: (pid) => parseCmdline(readText(`/proc/${pid}/cmdline`)),
    exeOf: (pid) => readLink(`/proc/${pid}/exe`) ?? '',
    cwdOf: (pid) => readLink(`/proc/${pid}/cwd`),
    environmentOf: (pid) => parseEnviron(readText(`/proc/${pid}/environ`)),
  });
}

/**
 * Pure. Undefined for what is no line of a process.
 *
 * Source: proc(5): the second field may hold blanks and parentheses, so it is cut at the last one. Times are in
 * hundredths of a second since the boot.
 */
export function parseStat(stat: string, bootMs: number): Process | undefined {
  const pid = Number.parseInt(stat, 10);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (!(pid > 0) || fields.length < 20) return undefined;
  const [state, parent, group, session, , foreground] = fields;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    foreground: Number(foreground),
    startedMs: bootMs + Number(fields[19]) * 10,
    isZombie: state === 'Z',
  };
}

/**
 * Pure. Words end in NUL. A program that writes its title over them leaves one word and blanks or NULs after it, as npm
 * does: `npm run dev\0\0\0`.
 */
export function parseCmdline(text: string): Argv {
  if (text === '') return { argv: [], trusted: false };
  const words = text.replace(/\0$/, '').split('\0');
  const [first = ''] = words;
  const isTitle = / /.test(first.trim()) && words.slice(1).every((word) => word.trim() === '');
  return isTitle ? { argv: [first.trim()], trusted: false } : { argv: words, trusted: true };
}

/** Pure. */
export function parseEnviron(text: string): ReadonlyMap<string, string> {
  const entries = text.split('\0').flatMap((entry): [string, string][] => {
    const at = entry.indexOf('=');
    return at > 0 ? [[entry.slice(0, at), entry.slice(at + 1)]] : [];
  });
  return new Map(entries);
}

function psTable(): ProcessTable {
  const text = execFileSync('ps', ['-axo', 'pid=,ppid=,pgid=,sess=,tpgid=,stat=,lstart=,args='], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { ...process.env, LC_ALL: 'C' },
  });
  const lines = parsePs(text);
  const argsByPid = new Map(lines.map(({ process: { pid }, args }) => [pid, args]));
  return tableOf(
    lines.map((line) => line.process),
    {
      argvOf: (pid) => ({ argv: (argsByPid.get(pid) ?? '').split(' ').filter(Boolean), trusted: false }),
      exeOf: (pid) => (argsByPid.get(pid) ?? '').split(' ')[0] ?? '',
      cwdOf,
      environmentOf: () => new Map(),
    },
  );
}

/** Pure. */
export function parsePs(text: string): { readonly process: Process; readonly args: string }[] {
  const line = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(-?\d+)\s+(\S+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]+\s+\d{4})\s+(.*)$/;
  return text.split('\n').flatMap((one) => {
    const [, pid, parent, group, session, foreground, state = '', started = '', args = ''] = line.exec(one) ?? [];
    if (pid === undefined) return [];
    const process = {
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: Number.parseInt(session ?? '0', 16),
      foreground: Number(foreground),
      startedMs: Date.parse(started),
      isZombie: state.startsWith('Z'),
    };
    return [{ process, args }];
  });
}

/** Source: lsof(8), OUTPUT FOR OTHER PROGRAMS. */
function cwdOf(pid: number): string | undefined {
  try {
    const text = execFileSync('lsof', ['-a', '-d', 'cwd', '-p', String(pid), '-Fn'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return /^n(.*)$/m.exec(text)?.[1];
  } catch {
    return undefined;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path).replace(/ \(deleted\)$/, '');
  } catch {
    return undefined;
  }
}
