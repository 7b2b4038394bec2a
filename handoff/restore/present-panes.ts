/**
 * Panes that stand already: at a prompt they get their command again, in all else they are left alone.
 *
 * @module
 */
import { foregroundOf } from '../capture/foreground.ts';
import { readProcessTable } from '../capture/process-table.ts';
import type { TmuxServer } from '../tmux/server.ts';
import type { PanePlan, RestoreReport } from './plan-schema.ts';
import { readPane, typeLine, untilPrompt } from './watch-panes.ts';

type PaneReport = RestoreReport['panes'][number];

export async function startPresent(
  server: TmuxServer,
  plan: PanePlan,
  { signal }: { readonly signal: AbortSignal },
): Promise<PaneReport> {
  const { where, key, command, action } = plan;
  const report = (outcome: PaneReport['outcome'], text = ''): PaneReport => ({ where, key, outcome, command, text });
  const id = await paneWithKey(server, key);
  const pane = id === undefined ? undefined : await readPane(server, id);
  if (id === undefined || pane === undefined) return report('failed', 'it was there, and is gone');
  if (action !== 'run') return report('present');
  if (pane.isDead) {
    await server.expect(['respawn-pane', '-t', id]);
    return report('restored');
  }
  if (foregroundOf(readProcessTable(), pane.pid).kind !== 'prompt') return report('present');
  if (pane.isInMode) await server.run(['send-keys', '-t', id, '-X', 'cancel']);
  if (!(await untilPrompt(server, id, { signal })))
    return report('failed', 'its shell is not ready; nothing was typed');
  await typeLine(server, id, command, { enter: true });
  return report('restored');
}

export async function paneWithKey(server: TmuxServer, key: string): Promise<string | undefined> {
  const records = await server.records(['list-panes', '-a'], ['pane_id', '@dsync_pane']).catch(() => []);
  return records.find(([, own]) => own === key)?.[0];
}
