/**
 * The agent of one user on one host: all roots, all links, and what can be asked of it.
 *
 * @module
 */
import { watch } from 'node:fs';
import type { Duplex } from 'node:stream';
import { childPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import { ensureHome, type Home } from '../../platform/home.ts';
import { ownHostId } from '../../platform/host-id.ts';
import type { Log } from '../../platform/log.ts';
import type { AgentApi, AgentEvent } from '../control/api.ts';
import { PARCELS } from '../link/messages.ts';
import { findRsync } from '../transfer/rsync-program.ts';
import { createAgentApi, type Glance } from './agent-api.ts';
import { createAgentLinks } from './agent-links.ts';
import { createAudit } from './audit.ts';
import { updateHostRecord } from './config/edit-hosts.ts';
import { setRootMarkerCreated, setRootPaused } from './config/edit-roots.ts';
import { type Config, loadConfig } from './config/load-config.ts';
import { PAIRING_FILE } from './config/pairing-file.ts';
import { createPairedDial } from './dial-paired.ts';
import { createSshDial } from './dial-ssh.ts';
import { createDialer, type Dial, type Dialer } from './dialer.ts';
import { ENVIRONMENT_ROOT } from './environment/environment-root.ts';
import { keepEnvironment } from './environment/keep-environment.ts';
import { createHostIds } from './host-ids.ts';
import type { HostLink } from './host-link.ts';
import { createJoining } from './joining.ts';
import { createListeners } from './listeners.ts';
import { createPairDoor } from './pair-door.ts';
import { createParcels } from './parcels.ts';
import { renewRoots } from './renew-roots.ts';
import { createRoot, type Root } from './root.ts';
import { COMMIT_FEATURE, PATCH_FEATURE, RSYNC_FEATURE } from './root-link.ts';
import { openSocketBook } from './socket-book.ts';

export interface Agent {
  readonly api: AgentApi;
  readonly glance: () => Glance;
  readonly hostId: string;
  /**
   * Takes a link that another host opened.
   *
   * @param hasShell it came through this user's own socket: whoever opened it can run programs here
   */
  accept(stream: Duplex, options?: { readonly hasShell: boolean }): void;
  /** Takes a stripe of such a link, by the name that this agent greeted it with. */
  acceptStripe(stream: Duplex, link: string): void;
  /** Lets one host in that is to be paired, to whoever holds this stream. */
  openPairing(stream: Duplex): void;
  /** Calls back after anything may have changed, until the signal aborts. */
  onState(listener: () => void, signal: AbortSignal): void;
  /** Names of hosts that asked for a root here, linked or not. */
  knownHosts(): string[];
  close(): Promise<void>;
}

export interface AgentState {
  readonly hostId: string;
  readonly home: Home;
  readonly config: Config;
  readonly startedAt: number;
  readonly roots: ReadonlyMap<string, Root>;
  readonly dialers: ReadonlyMap<string, Dialer>;
  readonly links: ReadonlyMap<string, HostLink>;
  reload(): Promise<void>;
  /** Our name for that agent, where it is known under one. */
  nameOf(hostId: string): string | undefined;
  pauseHost(name: string, paused: boolean): Promise<void>;
  /** Tells all linked hosts what there is for them. */
  publish(): void;
  /** Calls back after anything may have changed, until the signal aborts. */
  onState(listener: () => void, signal: AbortSignal): void;
  onEvent(listener: (event: AgentEvent) => void, signal: AbortSignal): void;
}

const RELOAD_MS = 100;
const CONFIG_FILES = ['paths.txt', 'hosts.json', 'settings.json', PAIRING_FILE];

export interface AgentOptions {
  readonly home: Home;
  readonly log: Log;
  /** How another host is reached; by SSH if absent. */
  readonly dial?: Dial;
  /** Something came from another host that is not for this program. */
  readonly onParcels?: () => void;
}

export async function createAgent({
  home,
  log,
  dial = createPairedDial(home.state, createSshDial(openSocketBook(childPath(home.state, 'sockets.json')))),
  onParcels = () => undefined,
}: AgentOptions): Promise<Agent> {
  ensureHome(home);
  const hostId = ownHostId(home);
  const closing = new AbortController();
  const roots = new Map<string, Root>();
  const dialers = new Map<string, Dialer>();
  const audit = createAudit(childPath(home.state, 'audit'));
  const stateListeners = createListeners<() => void>();
  const eventListeners = createListeners<(event: AgentEvent) => void>();
  const [rsync, loaded] = await Promise.all([findRsync(), loadConfig(home)]);
  let config = loaded;
  let reloading: Promise<void> = Promise.resolve();

  let stateScheduled = false;
  const onState = () => {
    if (stateScheduled || stateListeners.all.size === 0) return;
    stateScheduled = true;
    setImmediate(() => {
      stateScheduled = false;
      for (const listener of [...stateListeners.all]) listener();
    });
  };
  const onEvent = (event: Omit<AgentEvent, 'at'>) => {
    for (const listener of eventListeners.all) listener({ at: Date.now(), ...event });
  };
  const onFailure = (text: string, error: unknown) => log.error({ err: error }, text);

  const parcels = createParcels({
    out: childPath(home.state, 'parcels/out'),
    from: childPath(home.state, 'parcels/from'),
    onArrived: onParcels,
    onFailure,
  });
  const environment = keepEnvironment({
    home,
    hostName: () => config.settings.hostName,
    onKeptAside: (path) => log.warn({ path }, 'A file that is carried had changed here as well; ours was kept aside'),
    onFailure: (error) => onFailure('The environment could not be brought up to date', error),
  });
  const onEnvironment = () => {
    environment.touch();
    onState();
  };

  const startRoot = (record: Config['roots'][number]): Root => {
    const root = createRoot({
      record,
      state: home.state,
      settings: config.settings,
      author: authorOf(config.settings.hostName, hostId),
      onEvent,
      onApplied: (applied) => audit.write(record.name, applied),
      onRecord: ({ id, markerCreated, paused }) => {
        const saved = markerCreated && !record.markerCreated ? setRootMarkerCreated(home, id) : Promise.resolve();
        saved
          .then(() => setRootPaused(home, id, paused))
          .catch((error: unknown) => onFailure('Could not save the state of a root', error));
      },
      onState: record.id === ENVIRONMENT_ROOT ? onEnvironment : onState,
      onFailure,
      onDebug: (text) => log.debug({ root: record.name }, text),
      rsync,
      signal: closing.signal,
    });
    roots.set(record.id, root);
    for (const link of links.byHost.values()) attach(root, link);
    return root;
  };
  const attach = (root: Root, link: HostLink) => {
    const { hosts, joinedFrom, joinedFromId } = root.record;
    const shared = hosts.find(({ host }) => host === link.name);
    if (shared !== undefined) root.attach(link, shared.path);
    else if (joinedFromId === undefined ? joinedFrom === link.name : joinedFromId === link.hostId)
      root.attach(link, undefined);
  };
  const attachAll = (link: HostLink) => {
    for (const root of roots.values()) if (!root.isAttached(link)) attach(root, link);
  };
  const ids = createHostIds(
    () => config.hosts,
    (name, id) => {
      updateHostRecord(home, name, { hostId: id }).catch((error: unknown) =>
        onFailure(`Could not write down which agent ${name} is`, error),
      );
      // It may have come by itself before, under the name that it calls itself.
      const standing = links.byHost.get(id);
      if (standing !== undefined) attachAll(standing);
    },
  );
  const links = createAgentLinks({
    ids,
    self: () => ({
      hostId,
      hostName: config.settings.hostName,
      features: [PARCELS, PATCH_FEATURE, COMMIT_FEATURE, ...(rsync === undefined ? [] : [RSYNC_FEATURE])],
    }),
    bulkLimit: () => config.settings.bulkLimitBytes,
    onMessage: (link, message) => route(link, message),
    onParcel: parcels.handle,
    log,
    onTaken(link) {
      attachAll(link);
      parcels.announce(link);
      onState();
    },
    onDropped(link) {
      parcels.forget(link);
      for (const root of roots.values()) root.detach(link);
      onState();
    },
    onEvent,
    signal: closing.signal,
  });
  const route = createJoining({
    home,
    hostName: () => config.settings.hostName,
    roots,
    links,
    ids,
    startRoot,
    reload: () => reload(),
  });
  const door = createPairDoor({
    home,
    log,
    onLink: (stream, host) => links.accept(stream, { host }),
    onStripe: links.acceptStripe,
  });
  const startDialer = (host: Config['hosts'][number]) => {
    const dialer = createDialer({
      host,
      dial,
      join: (dialed) => links.greet(host, dialed),
      linked: () => [...links.byHost.values()].find(({ name }) => name === host.name),
      onState,
      onFailure: (text, error) => log.warn({ host: host.name, err: error }, text),
    });
    dialers.set(host.name, dialer);
  };

  const applyConfig = async () => {
    const before = config;
    config = await loadConfig(home);
    for (const { file, line, cause, cure } of config.problems) log.warn({ file, line, cure }, cause);
    const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
    for (const [name, dialer] of dialers) {
      const host = config.hosts.find((each) => each.name === name);
      if (host !== undefined && same({ ...host, hostId: '' }, { ...dialer.host, hostId: '' })) continue;
      dialers.delete(name);
      if (host === undefined) ids.forget(name);
      const isOver = host === undefined || host.paired?.revoked === true;
      for (const link of links.byHost.values()) if (link.name === name && (link.dialed || isOver)) link.close();
      await dialer.close();
    }
    for (const host of config.hosts) if (!dialers.has(host.name)) startDialer(host);
    await door.apply(config.hosts);
    const settingsChanged = !same(before.settings, config.settings);
    await renewRoots({
      ...{ roots, links, startRoot, settingsChanged, records: config.roots },
      hostName: config.settings.hostName,
    });
    environment.touch();
    onState();
  };
  const reload = () => {
    reloading = reloading.then(applyConfig).catch((error: unknown) => {
      onFailure('The configuration could not be read; the former one stays in force', error);
      throw error;
    });
    const result = reloading;
    reloading = reloading.catch(() => undefined);
    return result;
  };
  for (const { file, line, cause, cure } of config.problems) log.warn({ file, line, cure }, cause);
  for (const record of config.roots) startRoot(record);
  for (const host of config.hosts) startDialer(host);
  await door
    .apply(config.hosts)
    .catch((error: unknown) => onFailure('This host does not listen for paired hosts', error));

  let reloadTimer: NodeJS.Timeout | undefined;
  const configWatch = watch(home.config, { persistent: false }, (_event, name) => {
    if (name === null || !CONFIG_FILES.includes(name)) return;
    clearTimeout(reloadTimer);
    reloadTimer = setTimeout(() => void reload().catch(() => undefined), RELOAD_MS);
  });
  configWatch.on('error', (error) => onFailure('The configuration is not watched any more', error));

  const state: AgentState = {
    hostId,
    home,
    get config() {
      return config;
    },
    startedAt: Date.now(),
    roots,
    dialers,
    links: links.byHost,
    nameOf: ids.nameOf,
    reload,
    async pauseHost(name, paused) {
      await updateHostRecord(home, name, { paused });
      await reload();
    },
    publish() {
      for (const link of links.byHost.values()) parcels.announce(link);
    },
    onState: stateListeners.add,
    onEvent: eventListeners.add,
  };

  return {
    ...createAgentApi(state),
    hostId,
    onState: state.onState,
    knownHosts: () => [...roots.values()].flatMap(({ record }) => record.joinedFrom ?? []),
    acceptStripe: links.acceptStripe,
    accept: (stream, { hasShell } = { hasShell: false }) => links.accept(stream, { hasShell }),
    openPairing: (stream) => door.openWindow(stream),
    async close() {
      clearTimeout(reloadTimer);
      configWatch.close();
      environment[Symbol.dispose]();
      // First: from here on no link is taken, so that none can outlive the rest.
      closing.abort(new DsyncError('CANCELLED', 'The agent stops'));
      await door.close();
      await reloading;
      for (const link of [...links.byHost.values()]) link.close();
      const ended = await Promise.allSettled([
        ...[...dialers.values()].map((dialer) => dialer.close()),
        ...[...roots.values()].map((root) => root.close()),
      ]);
      for (const each of ended)
        if (each.status === 'rejected') onFailure('Something could not be closed in order', each.reason);
      audit.close();
    },
  };
}

/** What stands in the entries that this host makes. */
export function authorOf(hostName: string, hostId: string): string {
  return `${hostName}/${hostId.slice(0, 8)}`;
}
