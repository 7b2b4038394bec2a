/**
 * What has become of what was started, from what the system says now.
 *
 * @module
 */
import type { Home } from '../../platform/home.ts';
import { portsOfEach } from '../ports/listeners.ts';
import { findProcess, listProcesses, type ProcessLine, processesOfRun } from '../ports/process-table.ts';
import { type RunRecord, readRuns, removeRun } from './run-record.ts';
import { listPanes, type Pane } from './tmux.ts';

export interface RunState {
  readonly run: RunRecord;
  readonly state: 'running' | 'ended';
  /** Exit code, where it is known. */
  readonly status?: number;
  /** Its own processes. */
  readonly pids: readonly number[];
  /** Where they listen. */
  readonly ports: readonly number[];
}

/** A window that stays shows why it ended; of other runs that ended nothing is left to say. */
export async function listRuns(home: Pick<Home, 'state'>): Promise<RunState[]> {
  const runs = readRuns(home);
  if (runs.length === 0) return [];
  const panes = runs.some(({ how }) => how.kind === 'tmux') ? await listPanes() : [];
  const table = listProcesses();
  const alive = runs.map((run) => isAlive(run, table));
  const pids = runs.map(({ id, how }, i) => (alive[i] === true ? processesOfRun(id, how.pid, table) : []));
  const ports = portsOfEach(runs.map(({ how }, i) => (how.kind === 'remote' ? [] : (pids[i] ?? []))));
  return runs.flatMap((run, i): RunState[] => {
    const own = ports[i] ?? [];
    if (alive[i] === true) {
      const shown = run.how.kind === 'remote' && run.port !== undefined ? [run.port] : own;
      return [{ run, state: 'running', pids: pids[i] ?? [], ports: shown }];
    }
    const pane = paneOf(run, panes);
    if (pane !== undefined || run.how.kind === 'background') {
      return [
        { run, state: 'ended', pids: [], ports: [], ...(pane?.status === undefined ? {} : { status: pane.status }) },
      ];
    }
    removeRun(home, run.id);
    return [];
  });
}

/** Its first process runs; a pid that was given out again has another start. */
export function isAlive({ how }: RunRecord, table?: readonly ProcessLine[]): boolean {
  const found = table === undefined ? findProcess(how.pid) : table.find(({ pid }) => pid === how.pid);
  return found !== undefined && found.started === how.started;
}

export function paneOf({ how }: RunRecord, panes: readonly Pane[]): Pane | undefined {
  return how.kind === 'tmux' ? panes.find(({ id, pid }) => id === how.pane && pid === how.pid) : undefined;
}
