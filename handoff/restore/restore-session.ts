/**
 * Puts up a session as planned. It is built aside under a name of its own and gets its name when it is complete, so a
 * restore that was cut short leaves nothing that looks whole; the next one clears it away.
 *
 * @module
 */
import { mkdirSync, rmSync } from 'node:fs';
import { childPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import { withLock } from '../../platform/lock.ts';
import type { RestoreOptions } from '../session.ts';
import { type TmuxServer, tmuxServer } from '../tmux/server.ts';
import { buildSession, type StartedPane, shareWindows } from './build-session.ts';
import type { RestorePlan, RestoreReport, SessionPlan } from './plan-schema.ts';
import { startPresent } from './present-panes.ts';
import { startBackground, waitForServices } from './start-services.ts';
import { outcomeOf } from './watch-panes.ts';

export type PaneReport = RestoreReport['panes'][number];

const SERVICE_MS = 30_000;

/** @throws {DsyncError} RESTORE_BLOCKED nothing was begun */
export async function restore(plan: RestorePlan, options: RestoreOptions): Promise<RestoreReport> {
  const [obstacle] = plan.obstacles;
  if (obstacle !== undefined) {
    throw new DsyncError('RESTORE_BLOCKED', `${obstacle.where}: ${obstacle.text}. Nothing was started.`, {
      cure: obstacle.cure,
    });
  }
  // Two at a time would build the same session twice.
  return withLock(childPath(options.home.state, 'handoff/restore.lock'), () => restoreAlone(plan, options), {
    timeoutMs: 60_000,
  });
}

async function restoreAlone(plan: RestorePlan, options: RestoreOptions): Promise<RestoreReport> {
  const { home, signal, timeoutMs = SERVICE_MS, onProgress = () => {} } = options;
  const server = tmuxServer({ socket: plan.socket, signal });
  const folder = childPath(home.state, `handoff/start/${plan.snapshotId}-${process.pid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    const panes = plan.sessions.length === 0 ? [] : await putUp(server, plan, { ...options, folder, onProgress });
    const started = startBackground(plan, home);
    onProgress('waiting for services');
    const services = await waitForServices(plan, panes, { server, started, signal, timeoutMs });
    const lost = services.filter(({ state }) => state === 'down');
    const isWhole = (pane: PaneReport): boolean =>
      /^(?:restored|prefilled|present)$/.test(pane.outcome) && pane.text === '';
    return {
      snapshotId: plan.snapshotId,
      complete: lost.length === 0 && services.every(({ state }) => state === 'up') && panes.every(isWhole),
      attach: plan.attach,
      socket: plan.socket,
      panes,
      services,
      notices: plan.notices,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface PutUpOptions extends RestoreOptions {
  /** For what the shells are given. */
  readonly folder: string;
  readonly onProgress: (text: string) => void;
}

async function putUp(server: TmuxServer, plan: RestorePlan, options: PutUpOptions): Promise<PaneReport[]> {
  const reports: PaneReport[] = [];
  const seen = new Set<string>();
  for (const session of plan.sessions) {
    const isFirst = session.group === null;
    options.onProgress(`${session.name}: ${session.state === 'present' ? 'it stands already' : 'putting it up'}`);
    if (!isFirst && session.state === 'create') await shareWindows(server, session, plan);
    const built: readonly StartedPane[] = isFirst ? await buildSession(server, session, plan, options) : [];
    for (const window of session.windows) {
      for (const pane of window.panes) {
        // Sessions of a group share their panes.
        if (seen.has(pane.key)) continue;
        seen.add(pane.key);
        const started = built.find(({ plan: { key } }) => key === pane.key);
        reports.push(
          started === undefined ? await startPresent(server, pane, options) : await outcomeOf(server, started, options),
        );
      }
    }
  }
  return reports;
}

export type { SessionPlan };
