/**
 * Waiting until shells are ready, and looking at what became of panes.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { foregroundOf } from '../capture/foreground.ts';
import { readProcessTable } from '../capture/process-table.ts';
import type { TmuxServer } from '../tmux/server.ts';
import type { StartedPane } from './build-session.ts';
import type { RestoreReport } from './plan-schema.ts';
import { isHooked, isSelfStarting } from './shell-start.ts';

type PaneReport = RestoreReport['panes'][number];

interface Waiting {
  readonly signal: AbortSignal;
}

const POLL_MS = 15;
/** Start-up files may do anything; longer than this, the shell is looked at from outside. */
const READY_MS = 20_000;
const STILL_MS = 150;
const START_MS = 3_000;

/** Returns as well for those that never say so: what became of them is seen later. */
export async function untilReady(
  server: TmuxServer,
  panes: readonly StartedPane[],
  { signal }: Waiting,
): Promise<void> {
  const deadline = performance.now() + READY_MS;
  for (const { plan, folder, id } of panes) {
    while (isHooked(plan.shell) && !existsSync(`${folder}/ready`) && performance.now() < deadline) {
      if ((await readPane(server, id)) === undefined) break;
      await sleep(POLL_MS, undefined, { signal });
    }
  }
}

export interface PaneState {
  readonly pid: number;
  readonly isDead: boolean;
  readonly cursor: string;
  readonly isInMode: boolean;
}

/** Undefined for a pane that is gone. */
export async function readPane(server: TmuxServer, id: string): Promise<PaneState | undefined> {
  const records = await server
    .records(['list-panes', '-t', id], ['pane_id', 'pane_pid', 'pane_dead', 'cursor_x', 'cursor_y', 'pane_in_mode'])
    .catch(() => []);
  const [, pid = '', dead, x, y, mode] = records.find(([pane]) => pane === id) ?? [];
  if (pid === '') return undefined;
  return { pid: Number(pid), isDead: dead === '1', cursor: `${x},${y}`, isInMode: mode !== '0' && mode !== '' };
}

/** The shell is at its prompt, and has been for a moment; false if that does not come to be in time. */
export async function untilPrompt(
  server: TmuxServer,
  id: string,
  { signal, timeoutMs = READY_MS }: Waiting & { timeoutMs?: number },
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  let still = { cursor: '', since: performance.now() };
  while (performance.now() < deadline) {
    const pane = await readPane(server, id);
    if (pane === undefined || pane.isDead) return false;
    const table = readProcessTable();
    const { kind } = foregroundOf(table, pane.pid);
    const isQuiet =
      kind === 'prompt' &&
      table.childrenOf(pane.pid).every(({ isZombie }) => isZombie || table.childrenOf(pane.pid).length > 0);
    if (!isQuiet || pane.cursor === '0,0' || pane.cursor !== still.cursor)
      still = { cursor: pane.cursor, since: performance.now() };
    else if (performance.now() - still.since > STILL_MS) return true;
    await sleep(POLL_MS * 2, undefined, { signal });
  }
  return false;
}

/** Types a line at a prompt that is known to be there. */
export async function typeLine(
  server: TmuxServer,
  id: string,
  line: string,
  { enter }: { readonly enter: boolean },
): Promise<void> {
  await server.expectAll([
    // Left over there, and no part of the line.
    ['send-keys', '-t', id, 'C-u'],
    ...(line.includes('\n')
      ? [
          ['set-buffer', '-b', 'dsync', '--', line],
          ['paste-buffer', '-p', '-d', '-b', 'dsync', '-t', id],
        ]
      : [['send-keys', '-t', id, '-l', '--', line]]),
    ...(enter ? [['send-keys', '-t', id, 'Enter']] : []),
  ]);
}

/** What became of a pane that was made. */
export async function outcomeOf(server: TmuxServer, started: StartedPane, { signal }: Waiting): Promise<PaneReport> {
  const { plan, id, folder } = started;
  const { where, key, command, action, problem, reason } = plan;
  const report = (outcome: PaneReport['outcome'], text = problem): PaneReport => ({
    where,
    key,
    outcome,
    command,
    text,
  });
  const pane = await readPane(server, id);
  if (pane === undefined || pane.isDead) return report('failed', 'its shell ended at once');
  if (action === 'none')
    return command === '' && problem === '' ? report('restored') : report('skipped', problem || reason);
  const isSelfStarted = isSelfStarting(plan.shell) && existsSync(`${folder}/ready`);
  if (action === 'prefill')
    return (await prefill(server, started, { signal }))
      ? report('prefilled')
      : report('skipped', 'its shell is not ready: type it yourself');
  if (!isSelfStarted) {
    if (!(await untilPrompt(server, id, { signal })))
      return report('failed', 'its shell is not ready; nothing was typed');
    await typeLine(server, id, command, { enter: true });
  }
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline) {
    const { kind } = foregroundOf(readProcessTable(), pane.pid);
    if (kind === 'command') return report('restored');
    await sleep(POLL_MS * 2, undefined, { signal });
  }
  return report('failed', 'it was started, and ended at once');
}

/** One line only: a second one would start the first. */
async function prefill(server: TmuxServer, { plan, id, folder }: StartedPane, { signal }: Waiting): Promise<boolean> {
  if (plan.command.includes('\n')) return false;
  // zsh puts it into the line itself.
  if (/\/zsh$/.test(plan.shell) && existsSync(`${folder}/ready`)) return true;
  if (!(await untilPrompt(server, id, { signal }))) return false;
  await typeLine(server, id, plan.command, { enter: false });
  return true;
}
