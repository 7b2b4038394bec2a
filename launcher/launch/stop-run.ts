import { setTimeout as sleep } from 'node:timers/promises';
import { DsyncError, errnoOf } from '../../platform/failure.ts';
import type { Home } from '../../platform/home.ts';
import { listProcesses, processesOfRun } from '../ports/process-table.ts';
import { type RunRecord, removeRun } from './run-record.ts';
import { isAlive } from './run-state.ts';
import { closePane } from './tmux.ts';

/** What Ctrl-C says first; whoever does not hear it gets more to hear. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const POLL_MS = 30;

/**
 * Ends a run with all of its processes, and forgets it.
 *
 * @param graceMs for each signal
 * @param force kills what is left then
 * @throws {DsyncError} TIMEOUT it does not end; nothing was killed
 */
export async function stopRun(
  home: Pick<Home, 'state'>,
  run: RunRecord,
  {
    signal,
    graceMs = 5_000,
    force = false,
  }: { readonly signal: AbortSignal; readonly graceMs?: number; readonly force?: boolean },
): Promise<void> {
  let pids = isAlive(run) ? ownProcesses(run) : [];
  for (const name of [...SIGNALS, ...(force ? (['SIGKILL'] as const) : [])]) {
    if (pids.length === 0) break;
    // The group as the terminal's Ctrl-C would; those that left the group one by one.
    if (!send(-run.how.pid, name)) send(run.how.pid, name);
    if (name !== 'SIGINT') for (const pid of pids) send(pid, name);
    pids = await waitForEnd(run, pids, graceMs, signal);
  }
  if (pids.length > 0) {
    throw new DsyncError('TIMEOUT', `${run.project} ${run.command} (pid ${pids.join(', ')}) does not end`, {
      cure: `End it by force: dlaunch stop ${run.project} --force`,
    });
  }
  if (run.how.kind === 'tmux') await closePane(run.how.pane);
  removeRun(home, run.id);
}

/** Those of its processes that are left. */
async function waitForEnd(
  run: RunRecord,
  before: readonly number[],
  graceMs: number,
  signal: AbortSignal,
): Promise<number[]> {
  const started = new Map(listProcesses().map((line) => [line.pid, line.started]));
  const deadline = performance.now() + graceMs;
  for (;;) {
    const now = new Map(listProcesses().map((line) => [line.pid, line.started]));
    const left = before.filter((pid) => now.has(pid) && now.get(pid) === started.get(pid));
    if (left.length === 0 || performance.now() > deadline)
      return [...new Set([...left, ...(isAlive(run) ? ownProcesses(run) : [])])];
    await sleep(POLL_MS, undefined, { signal });
  }
}

function ownProcesses({ id, how }: RunRecord): number[] {
  return processesOfRun(id, how.pid).filter((pid) => pid !== process.pid);
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ESRCH' || errnoOf(error) === 'EPERM') return false;
    throw error;
  }
}
