/**
 * What listens, to which pane it belongs, and who started it.
 *
 * @module
 */
import { type RunRecord, readRuns } from '../../launcher/launch/run-record.ts';
import type { Home } from '../../platform/home.ts';
import { isPromptShell } from './foreground.ts';
import type { Listener } from './listening.ts';
import type { Process, ProcessTable } from './process-table.ts';

export interface FoundService {
  /** What has to be started for it to be there again. */
  readonly first: Process;
  readonly pids: readonly number[];
  /** Id of a tmux pane. */
  readonly pane: string | undefined;
  /** It has the terminal there, so that it starts with the pane's own command. */
  readonly isForeground: boolean;
  readonly listens: readonly { readonly port: number; readonly address: string }[];
  readonly run: RunRecord | undefined;
}

export interface PaneProcesses {
  readonly id: string;
  /** What the pane was started with. */
  readonly pid: number;
  readonly leader: number | undefined;
}

/**
 * @param socket of the tmux server: a process may carry a pane's number of another one
 * @param below without tmux: what this process started counts
 */
export function findServices(
  table: ProcessTable,
  listeners: readonly Listener[],
  {
    home,
    panes,
    socket,
    below,
  }: {
    readonly home: Pick<Home, 'state'>;
    readonly panes: readonly PaneProcesses[];
    readonly socket: string;
    readonly below?: number | undefined;
  },
): FoundService[] {
  const runs = readRuns(home);
  const found = new Map<number, FoundService>();
  const paneByPid = new Map(panes.flatMap(({ id, pid }) => table.treeOf(pid).map((one) => [one.pid, id] as const)));
  const paneBySession = new Map(panes.map(({ id, pid }) => [table.byPid.get(pid)?.session ?? -1, id] as const));
  const below0 = new Set(below === undefined ? [] : table.treeOf(below).map(({ pid }) => pid));
  for (const listener of listeners) {
    const own = table.byPid.get(listener.pid);
    if (own === undefined) continue;
    const environment = table.environmentOf(own.pid);
    const pane =
      paneByPid.get(own.pid) ??
      paneBySession.get(own.session) ??
      panes.find(({ id }) => id === environment.get('TMUX_PANE') && environment.get('TMUX')?.split(',')[0] === socket)
        ?.id;
    const run = runs.find(({ id }) => id === environment.get('DSYNC_RUN'));
    if (pane === undefined && run === undefined && !below0.has(own.pid)) continue;
    const owner = panes.find(({ id }) => id === pane);
    const isForeground = owner?.leader !== undefined && isWithin(table, own, owner.leader);
    const first = isForeground ? (table.byPid.get(owner.leader ?? 0) ?? own) : firstOf(table, own);
    const before = found.get(first.pid);
    found.set(first.pid, {
      first,
      pane,
      isForeground,
      run,
      pids: [...new Set([...(before?.pids ?? []), own.pid])],
      listens: [...(before?.listens ?? []), { port: listener.port, address: listener.address }],
    });
  }
  return [...found.values()];
}

/** Below the pane's leader, or a part of its group. */
function isWithin(table: ProcessTable, { pid, group }: Process, leader: number): boolean {
  if (group === leader) return true;
  for (let at = table.byPid.get(pid); at !== undefined; at = table.byPid.get(at.parent))
    if (at.pid === leader) return true;
  return false;
}

/** The first below a shell's prompt, tmux or the system; what is above started more than this. */
function firstOf(table: ProcessTable, own: Process): Process {
  for (let at = own; ; ) {
    const above = table.byPid.get(at.parent);
    if (
      above === undefined ||
      above.pid <= 1 ||
      above.session !== own.session ||
      isPromptShell(table.argvOf(above.pid))
    )
      return at;
    at = above;
  }
}
