/**
 * The agent of one user on one host: all roots, all links, and what can be asked of it.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, watch } from 'node:fs';
import type { Duplex } from 'node:stream';
import { absPath, childPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { DsyncError, messageOf } from '../../platform/failure.ts';
import { ensureHome, type Home } from '../../platform/home.ts';
import type { Log } from '../../platform/log.ts';
import type { AgentApi, AgentEvent } from '../control/api.ts';
import type { Message } from '../link/messages.ts';
import { findRsync } from '../transfer/rsync-program.ts';
import { createAgentApi } from './agent-api.ts';
import { createAudit } from './audit.ts';
import { updateHostRecord } from './config/edit-hosts.ts';
import { joinRoot, setRootMarkerCreated, setRootPaused } from './config/edit-roots.ts';
import { type Config, loadConfig } from './config/load-config.ts';
import type { RootId } from './config/roots-file.ts';
import { createSshDial } from './dial-ssh.ts';
import { createDialer, type Dial, type Dialed, type Dialer } from './dialer.ts';
import { type HostLink, openHostLink } from './host-link.ts';
import { createRoot, type Root } from './root.ts';
import { RSYNC_FEATURE } from './root-link.ts';
import { openSocketBook } from './socket-book.ts';

export interface Agent {
  readonly api: AgentApi;
  readonly hostId: string;
  /** Takes a link that another host opened. */
  accept(stream: Duplex): void;
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
  pauseHost(name: string, paused: boolean): Promise<void>;
  /** Calls back after anything may have changed, until the signal aborts. */
  onState(listener: () => void, signal: AbortSignal): void;
  onEvent(listener: (event: AgentEvent) => void, signal: AbortSignal): void;
}

const ROUTED_SELF = 'This host was reached through its own name';
const RELOAD_MS = 100;

export interface AgentOptions {
  readonly home: Home;
  readonly log: Log;
  /** How another host is reached; by SSH if absent. */
  readonly dial?: Dial;
}

export async function createAgent({
  home,
  log,
  dial = createSshDial(openSocketBook(childPath(home.state, 'sockets.json'))),
}: AgentOptions): Promise<Agent> {
  ensureHome(home);
  const hostId = ownHostId(home);
  const closing = new AbortController();
  const roots = new Map<string, Root>();
  const dialers = new Map<string, Dialer>();
  const links = new Map<string, HostLink>();
  const audit = createAudit(childPath(home.state, 'audit'));
  const stateListeners = new Set<() => void>();
  const eventListeners = new Set<(event: AgentEvent) => void>();
  const [rsync, loaded] = await Promise.all([findRsync(), loadConfig(home)]);
  let config = loaded;
  let reloading: Promise<void> = Promise.resolve();

  let stateScheduled = false;
  const onState = () => {
    if (stateScheduled || stateListeners.size === 0) return;
    stateScheduled = true;
    setImmediate(() => {
      stateScheduled = false;
      for (const listener of [...stateListeners]) listener();
    });
  };
  const onEvent = (event: Omit<AgentEvent, 'at'>) => {
    for (const listener of eventListeners) listener({ at: Date.now(), ...event });
  };
  const onFailure = (text: string, error: unknown) => log.error({ err: error }, text);

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
      onState,
      onFailure,
      onDebug: (text) => log.debug({ root: record.name }, text),
      rsync,
      signal: closing.signal,
    });
    roots.set(record.id, root);
    for (const link of links.values()) attach(root, link);
    return root;
  };
  const attach = (root: Root, link: HostLink) => {
    const shared = root.record.hosts.find(({ host }) => host === link.name);
    if (shared !== undefined) root.attach(link, shared.path);
    else if (root.record.joinedFrom === link.name) root.attach(link, undefined);
  };
  const take = (link: HostLink) => {
    closing.signal.throwIfAborted();
    const standing = links.get(link.hostId);
    if (standing !== undefined && keepsStanding(standing, link)) {
      throw new DsyncError('HOST_EXISTS', `A link to ${link.name} stands already`);
    }
    if (standing !== undefined) {
      drop(standing);
      standing.close(new DsyncError('HOST_EXISTS', 'A newer link took its place'));
    }
    links.set(link.hostId, link);
    log.info({ host: link.name, transport: link.transport, version: link.greeting.agentVersion }, 'linked');
    onEvent({ kind: 'link', host: link.name, text: 'connected' });
    void link.closed.then((error) => {
      drop(link);
      log.info({ host: link.name, reason: error === undefined ? 'ended' : messageOf(error) }, 'link ended');
      onEvent({
        kind: 'link',
        host: link.name,
        text: `disconnected${error === undefined ? '' : `: ${messageOf(error)}`}`,
      });
    });
    for (const root of roots.values()) attach(root, link);
    onState();
  };
  /** Two agents that dial each other at once agree on the link that the one with the smaller id opened. */
  const keepsStanding = (standing: HostLink, link: HostLink): boolean => {
    if (standing.dialed === link.dialed) return false;
    return standing.dialed === hostId < link.hostId && performance.now() - standing.channel.heardAt < 5000;
  };
  const drop = (link: HostLink) => {
    if (links.get(link.hostId) === link) links.delete(link.hostId);
    for (const root of roots.values()) root.detach(link);
    onState();
  };
  const route = (link: HostLink, message: Extract<Message, { root: string }>) => {
    const root = roots.get(message.root);
    if (message.type !== 'open' || root?.links.has(link.hostId)) {
      root?.handle(link, message);
      return;
    }
    if (root !== undefined) {
      root.attach(link, undefined);
      root.handle(link, message);
      return;
    }
    join(link, message).catch((error: unknown) => {
      const cure = error instanceof DsyncError ? error.cure : '';
      const code = error instanceof DsyncError ? error.code : 'INTERNAL';
      link.channel.send({ type: 'refuse', root: message.root, code, message: messageOf(error), cure });
    });
  };
  const join = async (link: HostLink, message: Extract<Message, { type: 'open' }>) => {
    if (message.path === undefined)
      throw new DsyncError('ROOT_UNKNOWN', `${config.settings.hostName} does not have the root ${message.name}`);
    const path = absPath(message.path, { from: '/' });
    mkdirSync(path, { recursive: true });
    const record = await joinRoot(home, { id: message.root as RootId, name: message.name, path, from: link.name });
    if (record === undefined)
      throw new DsyncError('ROOT_UNKNOWN', `The root ${message.name} was removed on ${config.settings.hostName}`);
    const root = roots.get(record.id) ?? startRoot(record);
    if (links.get(link.hostId) !== link) return;
    root.attach(link, undefined);
    root.handle(link, message);
  };
  const self = () => ({
    hostId,
    hostName: config.settings.hostName,
    features: rsync === undefined ? [] : [RSYNC_FEATURE],
  });
  const bulkLimit = () => config.settings.bulkLimitBytes;
  const dialedLink = async (host: Dialer['host'], dialed: Dialed): Promise<HostLink> => {
    const link = await openHostLink(dialed.stream, {
      self: self(),
      name: host.name,
      transport: dialed.transport,
      dialed: true,
      bulkLimit,
      onMessage: route,
    });
    if (link.hostId === hostId) {
      link.close();
      throw new DsyncError('SAME_AGENT', `${ROUTED_SELF}: ${host.name} is this very agent`);
    }
    try {
      take(link);
    } catch (error) {
      link.close();
      throw error;
    }
    return link;
  };
  const startDialer = (host: Config['hosts'][number]) => {
    const dialer = createDialer({
      host,
      dial,
      join: (dialed) => dialedLink(host, dialed),
      linked: () => [...links.values()].find(({ name }) => name === host.name),
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
      if (host !== undefined && same(host, dialer.host)) continue;
      dialers.delete(name);
      for (const link of links.values()) if (link.name === name && (link.dialed || host === undefined)) link.close();
      await dialer.close();
    }
    for (const host of config.hosts) if (!dialers.has(host.name)) startDialer(host);
    const settingsChanged = !same(before.settings, config.settings);
    for (const [id, root] of roots) {
      const record = config.roots.find((each) => each.id === id);
      const shared = ({ path, hosts, name }: Config['roots'][number]) => ({ path, hosts, name });
      if (record !== undefined && same(shared(record), shared(root.record)) && !settingsChanged) continue;
      roots.delete(id);
      await root.close();
    }
    for (const record of config.roots) if (!roots.has(record.id)) startRoot(record);
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

  let reloadTimer: NodeJS.Timeout | undefined;
  const configWatch = watch(home.config, { persistent: false }, (_event, name) => {
    if (name === null || !['paths.txt', 'hosts.json', 'settings.json'].includes(name)) return;
    clearTimeout(reloadTimer);
    reloadTimer = setTimeout(() => void reload().catch(() => undefined), RELOAD_MS);
  });
  configWatch.on('error', (error) => onFailure('The configuration is not watched any more', error));

  const listen = <T>(listeners: Set<T>, listener: T, signal: AbortSignal) => {
    if (signal.aborted) return;
    listeners.add(listener);
    signal.addEventListener('abort', () => listeners.delete(listener), { once: true });
  };
  const state: AgentState = {
    hostId,
    home,
    get config() {
      return config;
    },
    startedAt: Date.now(),
    roots,
    dialers,
    links,
    reload,
    async pauseHost(name, paused) {
      await updateHostRecord(home, name, { paused });
      await reload();
    },
    onState: (listener, signal) => listen(stateListeners, listener, signal),
    onEvent: (listener, signal) => listen(eventListeners, listener, signal),
  };

  return {
    api: createAgentApi(state),
    hostId,
    accept(stream) {
      openHostLink(stream, {
        self: self(),
        name: undefined,
        transport: 'incoming',
        dialed: false,
        bulkLimit,
        onMessage: route,
      }).then(
        (link) => {
          try {
            if (link.hostId === hostId) throw new DsyncError('SAME_AGENT', ROUTED_SELF);
            take(link);
          } catch (error) {
            link.channel.send({
              type: 'bye',
              code: error instanceof DsyncError ? error.code : 'INTERNAL',
              message: messageOf(error),
            });
            link.close();
          }
        },
        (error: unknown) => log.warn({ err: error }, 'An incoming link ended before it greeted'),
      );
    },
    async close() {
      clearTimeout(reloadTimer);
      configWatch.close();
      // First: from here on no link is taken, so that none can outlive the rest.
      closing.abort(new DsyncError('CANCELLED', 'The agent stops'));
      await reloading;
      for (const link of [...links.values()]) link.close();
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

/** Made once; a name for this agent that never changes. */
function ownHostId(home: Home): string {
  const file = childPath(home.state, 'host-id');
  if (existsSync(file)) {
    const id = readFileSync(file, 'utf8').trim();
    if (/^[0-9a-f-]{36}$/.test(id)) return id;
    throw new DsyncError('BAD_STATE', `${file} does not hold an id`, { cure: `Remove ${file}; a new id is made` });
  }
  const id = randomUUID();
  writeFileAtomic(file, `${id}\n`);
  return id;
}
