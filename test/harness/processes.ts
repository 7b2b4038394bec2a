/**
 * The processes of one DSYNC_HOME, so that a test leaves none behind and kills none but its own.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Pids of all processes that run with this DSYNC_HOME, or another variable of such a value; this one left out. */
export function processesOf(home: string | { readonly name: string; readonly value: string }): number[] {
  const variable = typeof home === 'string' ? `DSYNC_HOME=${home}` : `${home.name}=${home.value}`;
  const pids = process.platform === 'linux' ? fromProc(variable) : fromPs(variable);
  return pids.filter((pid) => pid !== process.pid);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that ended and was not yet waited for still takes signals.
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

export function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It had ended already.
  }
}

function fromProc(variable: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      return environment.includes(variable) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

function fromPs(variable: string): number[] {
  const lines = execFileSync('ps', ['axeww', '-o', 'pid=,command='], { encoding: 'utf8', maxBuffer: 1 << 26 });
  return lines.split('\n').flatMap((line) => (line.includes(`${variable} `) ? [Number.parseInt(line, 10)] : []));
}
