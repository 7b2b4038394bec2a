/**
 * What will be done to put up a session on this host, pane by pane. Pure: all that it needs to know comes in.
 *
 * @module
 */
import { basename } from 'node:path';
import { showRef } from '../snapshot/path-ref.ts';
import type { PathRef, Snapshot, SnapshotPane, SnapshotSession, SnapshotWindow } from '../snapshot/schema.ts';
import { evenLayout, formatLayout, parseLayout, type Size, scaleLayout } from '../tmux/layout.ts';
import { formatOrigin } from '../tmux/origin.ts';
import { firstProgram } from './first-program.ts';
import { createMapper, type Mapper } from './map-places.ts';
import type {
  Notice,
  PanePlan,
  RestorePlan,
  ServicePlan,
  SessionPlan,
  TargetFacts,
  WindowPlan,
} from './plan-schema.ts';

interface Site {
  readonly snapshot: Snapshot;
  readonly facts: TargetFacts;
  readonly mapper: Mapper;
  readonly notices: Notice[];
  readonly present: ReadonlySet<string>;
}

export function plan(snapshot: Snapshot, facts: TargetFacts): RestorePlan {
  const mapper = createMapper(snapshot, facts);
  const notices: Notice[] = [...facts.notices];
  const present = new Set(facts.tmux?.sessions.flatMap(({ panes }) => panes) ?? []);
  const site: Site = { snapshot, facts, mapper, notices, present };
  const sessions = facts.tmux === null ? [] : planSessions(site);
  const { cwd } = placeOf(site, snapshot.shell.cwd);
  if (facts.tmux === null && snapshot.mux.sessions.length > 0) {
    notices.push({
      where: facts.host.name,
      text: 'tmux is not installed here, so no panes are put up: only services start, in the background',
      cure: 'Install tmux here and restore again.',
    });
  }
  const attach = sessions.find(({ from }) => from === snapshot.mux.lastSession) ?? sessions[0];
  return {
    snapshotId: snapshot.id,
    sessionKey: snapshot.sessionKey,
    socket: facts.tmux?.socket ?? '',
    home: facts.host.home,
    cwd,
    sessions,
    services: snapshot.services.map((service) => planService(site, service)),
    attach: attach?.name ?? null,
    notices,
    obstacles: obstaclesOf(site),
  };
}

function obstaclesOf({ snapshot, facts }: Site): Notice[] {
  const [major = 0] = (facts.tmux?.version.match(/\d+/) ?? []).map(Number);
  if (facts.tmux === null || snapshot.mux.sessions.length === 0 || major >= 3) return [];
  return [
    { where: facts.host.name, text: `tmux ${facts.tmux.version} is too old`, cure: 'Install tmux 3.0 or later here.' },
  ];
}

function planSessions(site: Site): SessionPlan[] {
  const { snapshot, facts } = site;
  const standing = facts.tmux?.sessions ?? [];
  const taken = new Set(standing.map(({ name }) => name));
  const done = new Map<string, SessionPlan>();
  return snapshot.mux.sessions.map((session) => {
    const own = standing.find(({ key }) => key === session.key);
    const name = own?.name ?? freeName(session.name, taken);
    taken.add(name);
    if (own === undefined && name !== session.name) {
      site.notices.push({
        where: session.name,
        text: `a session of this name is here already, and is left alone; this one will be ${name}`,
        cure: `Rename one if you like: tmux rename-session -t =${name}`,
      });
    }
    const group = session.group === null ? undefined : done.get(session.group);
    const planned = planSession(site, session, name, own !== undefined);
    if (session.group !== null && group === undefined) done.set(session.group, planned);
    return { ...planned, group: group?.name ?? null };
  });
}

/** The next number that is free: what stands there is never touched. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let i = 2; taken.has(free); i++) free = `${name}-${i}`;
  return free;
}

function planSession(site: Site, session: SnapshotSession, name: string, isPresent: boolean): SessionPlan {
  const { facts, mapper } = site;
  const size = windowSize(session, facts);
  if (session.redacted.length > 0) {
    site.notices.push({
      where: name,
      text: `its variables ${session.redacted.join(', ')} look secret and were not kept`,
      cure: `Set them here: tmux set-environment -t =${name} NAME VALUE`,
    });
  }
  const { 'default-size': _, ...options } = session.options;
  return {
    key: session.key,
    from: session.name,
    name,
    state: isPresent ? 'present' : 'create',
    group: null,
    cwd: placeOf(site, session.cwd).cwd,
    env: mapValues(session.env, (value) => mapper.text(value).text),
    options,
    size,
    activeWindow: session.activeWindow,
    lastWindow: session.lastWindow,
    windows: session.windows.map((window) => planWindow(site, window, name, size)),
  };
}

/** Of its windows: the terminal less the lines that the status takes; as it was where no terminal is known. */
function windowSize({ size, options }: SnapshotSession, { terminal }: TargetFacts): Size {
  if (terminal === null) return { cols: size.cols, rows: size.rows };
  const { status = 'on' } = options;
  const lines = status === 'off' ? 0 : Number(status) || 1;
  return { cols: terminal.cols, rows: Math.max(1, terminal.rows - lines) };
}

function planWindow(site: Site, window: SnapshotWindow, session: string, size: Size): WindowPlan {
  const { origin, panes, activePane, lastPane } = window;
  const place = (index: number): number =>
    Math.max(
      0,
      panes.findIndex((pane) => pane.index === index),
    );
  const layout = parseLayout(origin.layout) ?? parseLayout(window.layout) ?? evenLayout(panes.length, size);
  return {
    index: window.index,
    name: window.name,
    autoRename: window.autoRename,
    layout: formatLayout(scaleLayout(layout, size)),
    origin: formatOrigin(origin),
    zoomed: window.zoomed,
    activePane: place(activePane),
    lastPane: lastPane === null ? null : place(lastPane),
    options: window.options,
    panes: panes.map((pane) => planPane(site, pane, `${session}:${window.index}.${pane.index}`)),
  };
}

function planPane(site: Site, pane: SnapshotPane, where: string): PanePlan {
  const { facts, mapper, present, snapshot } = site;
  const { process, key } = pane;
  const state = present.has(key) ? 'present' : 'create';
  const place = placeOf(site, process?.cwd ?? pane.cwd);
  const service = snapshot.services.find((one) => one.pane === key && one.foreground);
  const ports = [...new Set(service?.listens.map(({ port }) => port) ?? [])];
  const { text: command, missing } = mapper.text(process?.restart.command ?? '');
  const wanted = process?.restart.policy ?? 'skip';
  const problems = [
    ...(place.isThere ? [] : [`${place.shown} is not here`]),
    ...missing.map((id) => `the root ${rootName(snapshot, id)} is not here`),
    ...(process === null || state === 'present' ? [] : commandProblems(site, command, ports)),
  ];
  if (!place.isThere) {
    site.notices.push({
      where,
      text: `${place.shown} is not here`,
      cure: `Say where it lies: --map ${place.shown}=FOLDER`,
    });
  }
  for (const name of process?.redacted ?? []) {
    site.notices.push({
      where,
      text: `${name} looks secret and was not kept`,
      cure: `Set it here before you start ${command}`,
    });
  }
  const isPossible = place.isThere && missing.length === 0;
  const asked =
    process === null || !isPossible ? 'none' : wanted === 'auto' ? 'run' : wanted === 'skip' ? 'none' : 'prefill';
  // What cannot run as it is is at least at hand.
  const action = asked === 'run' && problems.length > 0 ? 'prefill' : asked;
  const dead = pane.dead === null ? '' : `what ran there had ended with status ${pane.dead.status}`;
  return {
    key,
    where,
    state,
    title: pane.title,
    cwd: place.cwd,
    // A shell of the same host has its history file's lines already.
    history: [...(snapshot.source.id === facts.host.id ? [] : snapshot.shell.history), ...pane.history]
      .map((line) => mapper.text(line).text)
      .slice(-200),
    env: process === null ? {} : mapValues(process.env, (value) => mapper.text(value).text),
    options: pane.options,
    shell: shellOf(pane, facts),
    scrollback: pane.scrollback?.blob ?? null,
    action,
    command,
    reason: process?.restart.reason ?? dead,
    ports,
    problem: problems.join('; '),
  };
}

function commandProblems({ facts }: Site, command: string, ports: readonly number[]): string[] {
  const program = firstProgram(command);
  const isMissing = program !== undefined && !facts.programs.includes(program);
  const busy = facts.busyPorts.filter(({ port }) => ports.includes(port));
  return [
    ...(isMissing ? [`${program} is not installed here`] : []),
    ...busy.map(({ port, by }) => `port ${port} is taken by ${by}`),
  ];
}

function planService(site: Site, service: Snapshot['services'][number]): ServicePlan {
  const { facts, mapper, snapshot, present } = site;
  const place = placeOf(site, service.cwd);
  const { text: command, missing } = mapper.text(service.command);
  const ports = [...new Set(service.listens.map(({ port }) => port))];
  const withPane = service.foreground && service.pane !== null && facts.tmux !== null;
  const isSame = snapshot.source.id === facts.host.id;
  const busy = facts.busyPorts.filter(
    ({ port, pid }) => ports.includes(port) && !(isSame && pid !== null && service.pids.includes(pid)),
  );
  const isRunning =
    isSame && ports.every((port) => facts.busyPorts.some((one) => one.port === port)) && busy.length === 0;
  const problems = [
    ...(place.isThere && missing.length === 0 ? [] : [`${place.shown} is not here`]),
    ...busy.map(({ port, by }) => `port ${port} is taken by ${by}`),
    ...(withPane || service.policy === 'auto' || isRunning ? [] : [`it is not started by itself: ${service.reason}`]),
  ];
  const hasOwnPane = withPane && service.pane !== null && present.has(service.pane);
  return {
    id: service.id,
    name: service.name,
    pane: service.pane,
    command,
    cwd: place.cwd,
    env: mapValues(service.env, (value) => mapper.text(value).text),
    action: withPane ? 'with-pane' : problems.length === 0 && !isRunning ? 'background' : 'none',
    after: service.after,
    ports,
    health: service.health,
    problem: hasOwnPane ? '' : problems.join('; '),
  };
}

/** Where it is not here: the nearest that is, the home at the furthest. */
function placeOf({ mapper, facts, snapshot }: Site, ref: PathRef): { cwd: string; isThere: boolean; shown: string } {
  const path = mapper.path(ref);
  if (path !== undefined && facts.folders.includes(path)) return { cwd: path, isThere: true, shown: path };
  return { cwd: facts.host.home, isThere: false, shown: path ?? showRef(ref, snapshot.roots) };
}

/** The same as there, if it is here. */
function shellOf({ shell }: SnapshotPane, { shells, shell: usual }: TargetFacts): string {
  return shells[basename(shell)] ?? usual;
}

function rootName({ roots }: Snapshot, id: string): string {
  return roots.find((root) => root.id === id)?.name ?? id;
}

function mapValues(
  record: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
