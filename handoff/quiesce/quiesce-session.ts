/**
 * Stops on this host what will run on another one, and lets it go on again where that came to nothing.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../../platform/failure.ts';
import { foregroundOf } from '../capture/foreground.ts';
import { readProcessTable } from '../capture/process-table.ts';
import { createMapper } from '../restore/map-places.ts';
import { plan as planRestore } from '../restore/plan.ts';
import type { PanePlan, RestorePlan, RestoreReport, ServicePlan } from '../restore/plan-schema.ts';
import { startPresent } from '../restore/present-panes.ts';
import { startDetached, waitForServices } from '../restore/start-services.ts';
import { gather } from '../restore/target-facts.ts';
import type { QuiesceOptions, SessionOptions, Stopped } from '../session.ts';
import type { Snapshot, SnapshotPane } from '../snapshot/schema.ts';
import { type TmuxServer, tmuxServer } from '../tmux/server.ts';

interface Target {
  readonly where: string;
  readonly pane: string | null;
  readonly command: string;
  readonly group: number | undefined;
  readonly pids: readonly number[];
  readonly ports: readonly number[];
}

const GRACE_MS = 5_000;
const POLL_MS = 20;
/** Times of a process's start are told in hundredths of a second, from a start of the system that is told in seconds. */
const SAME_START_MS = 1_500;

export async function quiesce(snapshot: Snapshot, options: QuiesceOptions): Promise<Stopped> {
  const server = tmuxServer({
    socket: options.socket ?? (snapshot.producer.mux.socket || undefined),
    signal: options.signal,
  });
  const targets = await findTargets(snapshot, server);
  const ended = await Promise.all(targets.map((target) => end(target, options)));
  const entry = ({ where, pane, command, pids, ports }: Target) => ({ where, pane, command, pids, ports });
  return {
    processes: targets.map(entry),
    left: targets.flatMap((target, i) => (ended[i] ? [] : [entry(target)])),
  };
}

export async function resume(snapshot: Snapshot, stopped: Stopped, options: SessionOptions): Promise<RestoreReport> {
  const socket = options.socket ?? (snapshot.producer.mux.socket || undefined);
  const facts = await gather(snapshot, { ...options, socket });
  const plan = planRestore(snapshot, facts);
  const server = tmuxServer({ socket, signal: options.signal });
  const keys = new Set(stopped.processes.map(({ pane }) => pane));
  const plans = plan.sessions.flatMap(({ windows }) => windows.flatMap(({ panes }) => panes));
  const own = [...new Map(plans.map((pane) => [pane.key, pane])).values()].filter(({ key }) => keys.has(key));
  const panes = [];
  for (const pane of own) panes.push(await startPresent(server, runAgain(pane), options));
  const ports = new Set(stopped.processes.flatMap((one) => one.ports));
  const services = plan.services.filter((service) => service.ports.some((port) => ports.has(port)));
  const alone = services.filter(({ action }) => action !== 'with-pane');
  for (const service of alone) startDetached(service, options.home);
  const again: RestorePlan = {
    ...plan,
    services: services.map((service): ServicePlan => ({ ...service, problem: '' })),
  };
  const started = new Set(alone.map(({ id }) => id));
  const up = await waitForServices(again, panes, { server, started, signal: options.signal, timeoutMs: 30_000 });
  const complete = panes.every(({ outcome }) => outcome !== 'failed') && up.every(({ state }) => state === 'up');
  return {
    snapshotId: snapshot.id,
    complete,
    attach: plan.attach,
    socket: plan.socket,
    panes,
    services: up,
    notices: [],
  };
}

/** It ran a moment ago, in this very pane. */
function runAgain(pane: PanePlan): PanePlan {
  return { ...pane, action: 'run' };
}

async function findTargets(snapshot: Snapshot, server: TmuxServer): Promise<Target[]> {
  const mapper = createMapper(snapshot, {
    host: snapshot.source,
    roots: snapshot.roots.map(({ id, name, paths }) => ({ id, name, path: paths[snapshot.source.id] ?? '/' })),
    projects: {},
    pathMap: [],
  });
  const records =
    snapshot.producer.mux.kind === 'tmux'
      ? await server.records(['list-panes', '-a'], ['@dsync_pane', 'pane_pid']).catch(() => [])
      : [];
  const pidByKey = new Map(records.map(([key = '', pid]) => [key, Number(pid)]));
  const table = readProcessTable();
  const targets = new Map<string, Target>();
  for (const { name, windows } of snapshot.mux.sessions) {
    for (const { index, panes } of windows) {
      for (const pane of panes) {
        const pid = pidByKey.get(pane.key);
        if (pid === undefined || !isStopped(pane)) continue;
        const foreground = foregroundOf(table, pid);
        // Something else runs there by now: that is not what the snapshot holds.
        if (foreground.kind !== 'command' || !isSame(foreground.leader.startedMs, pane)) continue;
        const service = snapshot.services.find((one) => one.pane === pane.key && one.foreground);
        targets.set(pane.key, {
          where: `${name}:${index}.${pane.index}`,
          pane: pane.key,
          command: mapper.text(pane.process?.restart.command ?? '').text,
          group: foreground.leader.group,
          pids: [
            ...new Set([
              ...table.treeOf(foreground.leader.pid).map((one) => one.pid),
              ...foreground.parts.map((one) => one.pid),
            ]),
          ],
          ports: service?.listens.map(({ port }) => port) ?? [],
        });
      }
    }
  }
  for (const service of snapshot.services) {
    if (service.foreground && service.pane !== null && targets.has(service.pane)) continue;
    if (service.policy !== 'auto') continue;
    const alive = service.pids.filter((pid) => table.byPid.has(pid));
    const [first] = alive;
    if (first === undefined) continue;
    targets.set(service.id, {
      where: service.name,
      pane: null,
      command: mapper.text(service.command).text,
      group: table.byPid.get(first)?.group,
      pids: alive,
      ports: service.listens.map(({ port }) => port),
    });
  }
  return [...targets.values()];
}

/** What runs by itself on the other side and does something there: not editors, pagers and what only shows. */
function isStopped({ process }: SnapshotPane): boolean {
  if (process === null || process.restart.policy !== 'auto') return false;
  return process.kind === 'service' || process.kind === 'task' || process.kind === 'unknown';
}

function isSame(startedMs: number, { process }: SnapshotPane): boolean {
  return Math.abs(Date.parse(process?.startedAt ?? '') - startedMs) < SAME_START_MS;
}

/** As Ctrl-C first, which programs expect most; then as the system does when it shuts down. Never by force. */
async function end({ group, pids }: Target, { signal, graceMs = GRACE_MS }: QuiesceOptions): Promise<boolean> {
  const started = new Map(pids.map((pid) => [pid, readProcessTable().byPid.get(pid)?.startedMs]));
  const left = (): number[] => {
    const table = readProcessTable();
    return pids.filter((pid) => {
      const one = table.byPid.get(pid);
      return one !== undefined && !one.isZombie && one.startedMs === started.get(pid);
    });
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    if (left().length === 0) return true;
    if (group !== undefined) send(-group, name);
    for (const pid of left()) if (name === 'SIGTERM' || group === undefined) send(pid, name);
    for (const deadline = performance.now() + graceMs; left().length > 0 && performance.now() < deadline; )
      await sleep(POLL_MS, undefined, { signal });
  }
  return left().length === 0;
}

function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH' && errnoOf(error) !== 'EPERM') throw error;
  }
}
