/**
 * What listens, as a snapshot has it.
 *
 * @module
 */
import type { Home } from '../../platform/home.ts';
import { templateOf } from '../snapshot/path-ref.ts';
import type { SnapshotService } from '../snapshot/schema.ts';
import type { PaneLook } from './capture-pane.ts';
import { describeProcess, type Setting, shortName } from './describe-process.ts';
import type { Listener } from './listening.ts';
import { type FoundService, findServices } from './services.ts';
import { typedLine } from './typed-lines.ts';

export interface Question {
  readonly setting: Setting;
  readonly listeners: readonly Listener[];
  readonly look: readonly PaneLook[];
  readonly home: Pick<Home, 'state'>;
  readonly socket: string;
  readonly below: number | undefined;
}

export interface CapturedServices {
  readonly found: readonly FoundService[];
  readonly services: SnapshotService[];
  readonly portsByPid: ReadonlyMap<number, readonly number[]>;
}

/** As Ctrl-C, and then as a system that shuts down. */
const STOP = { signal: 'SIGINT', graceMs: 5_000 } as const;

export function captureServices({ setting, listeners, look, home, socket, below }: Question): CapturedServices {
  const { table } = setting;
  const panes = look.map(({ id, pid, foreground }) => ({
    id,
    pid,
    leader: foreground.kind === 'command' ? foreground.leader.pid : undefined,
  }));
  const found = findServices(table, listeners, { home, panes, socket, below });
  const portsByPid = new Map<number, number[]>();
  for (const { pid, port } of listeners) portsByPid.set(pid, [...(portsByPid.get(pid) ?? []), port]);
  return { found, portsByPid, services: found.map((service) => describe(service, setting, look, home)) };
}

function describe(
  service: FoundService,
  setting: Setting,
  look: readonly PaneLook[],
  home: Pick<Home, 'state'>,
): SnapshotService {
  const { table, places } = setting;
  const { first, run, isForeground } = service;
  const pane = look.find(({ id }) => id === service.pane);
  const shell = pane !== undefined && pane.foreground.kind !== 'nothing' ? pane.foreground.shell : undefined;
  const ports = [...new Set(service.listens.map(({ port }) => port))].sort((a, b) => a - b);
  const process = describeProcess(
    {
      leader: first,
      parts: [first],
      base: shell ?? (pane === undefined ? table.byPid.get(first.parent) : table.byPid.get(pane.pid)),
      cwd: (isForeground ? pane?.cwd : table.cwdOf(first.pid)) ?? table.cwdOf(first.pid) ?? '/',
      typed: isForeground && shell !== undefined ? typedLine(home, shell) : undefined,
      ports,
      launch: run === undefined ? undefined : { line: run.line, folder: run.folder },
      agent: null,
    },
    setting,
  );
  const environment = table.environmentOf(first.pid);
  const envPort = ports.some((port) => environment.get('PORT') === String(port)) ? 'PORT' : null;
  return {
    id: `${pane?.key ?? 'host'}-${ports[0] ?? 0}`,
    pane: pane?.key ?? null,
    name: run === undefined ? shortName(process) : `${run.project} ${run.command}`,
    command: process.restart.command,
    cwd: process.cwd,
    env: { ...process.env, ...(envPort === null ? {} : { PORT: templateOf(environment.get('PORT') ?? '', places) }) },
    listens: service.listens.map(({ port, address }) => ({ port, address, proto: 'tcp' as const })),
    health: { kind: 'tcp', port: ports[0] ?? 1 },
    after: [],
    envPort,
    startedBy:
      run !== undefined ? 'dlaunch' : process.script !== null ? 'script' : pane === undefined ? 'unknown' : 'shell',
    launch: run === undefined ? null : { project: run.project, command: run.command },
    pids: [...service.pids],
    stop: STOP,
    foreground: isForeground,
    policy: process.restart.policy,
    reason: process.restart.reason,
  };
}
