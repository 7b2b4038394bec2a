/**
 * What the agent answers over its socket.
 *
 * @module
 */
import { absPath, childPath } from '../../platform/abs-path.ts';
import { DsyncError, messageOf } from '../../platform/failure.ts';
import { limitTime } from '../../platform/time-limit.ts';
import { VERSION } from '../../platform/version.ts';
import { findTrashed, listTrash } from '../apply/trash-list.ts';
import type { AgentApi, HostStatus, RootStatus, Status } from '../control/api.ts';
import { parseRelPath, type RelPath } from '../core/rel-path.ts';
import { lstatPath } from '../scan/lstat.ts';
import { type AgentState, authorOf } from './agent.ts';
import type { HostLink } from './host-link.ts';
import { createLoopDelay } from './loop-delay.ts';
import { resolveConflict } from './resolve-conflict.ts';
import { restoreTrashed } from './restore-trashed.ts';
import type { Root } from './root.ts';
import { conflictsOf } from './root-status.ts';

const RETRY_MS = 20;
const MAX_RETRY_MS = 250;

/** What the status says of the sync itself; looking at it measures nothing. */
export type Glance = Pick<Status, 'state' | 'hosts' | 'roots'>;

export function createAgentApi(state: AgentState): { readonly api: AgentApi; readonly glance: () => Glance } {
  const maxBlockedMs = createLoopDelay();

  const rootNamed = (target: string): Root => {
    const found = [...state.roots.values()].find(
      ({ record }) => record.id === target || record.name === target || record.path === absPath(target),
    );
    if (found === undefined) throw new DsyncError('ROOT_UNKNOWN', `No root has the name, id or path ${target}`);
    return found;
  };
  const rootsOf = (target: string | undefined): Root[] =>
    target === undefined ? [...state.roots.values()] : [rootNamed(target)];
  const rootOfPath = (path: string): { root: Root; below: RelPath | undefined } => {
    const abs = absPath(path);
    for (const root of state.roots.values()) {
      const top = root.record.path;
      if (abs === top) return { root, below: undefined };
      const below = abs.startsWith(`${top}/`) ? parseRelPath(abs.slice(top.length + 1)) : undefined;
      if (below !== undefined) return { root, below };
    }
    throw new DsyncError('ROOT_UNKNOWN', `${abs} is not inside any root`);
  };
  const pathIn = (path: string): { root: Root; below: RelPath } => {
    const { root, below } = rootOfPath(path);
    if (below === undefined)
      throw new DsyncError('BAD_INPUT', `${path} is the root itself`, { cure: 'Name a path inside it' });
    return { root, below };
  };
  const askerOf = ({ joinedFrom, joinedFromId = '' }: Root['record']): string | undefined =>
    state.links.get(joinedFromId)?.name ?? state.nameOf(joinedFromId) ?? joinedFrom;
  /** Hosts that a root is shared with, by our names for them. */
  const hostsOf = ({ record, links }: Root): string[] => {
    const asker = askerOf(record);
    const named = record.hosts.map(({ host }) => host);
    const linked = [...links.values()].map(({ peer }) => peer.name);
    return [...new Set([...named, ...linked, ...(asker === undefined ? [] : [asker])])];
  };
  const contextOf = (root: Root): { offline: string[]; pausedHosts: string[] } => {
    const paused = [...state.dialers.values()]
      .filter((dialer) => dialer.state === 'paused')
      .map(({ host }) => host.name);
    const all = hostsOf(root);
    return {
      offline: all.filter((name) => !paused.includes(name)),
      pausedHosts: all.filter((name) => paused.includes(name)),
    };
  };
  const hostStatuses = (): HostStatus[] => {
    const statuses: HostStatus[] = [];
    for (const dialer of state.dialers.values()) {
      const link = [...state.links.values()].find(({ name }) => name === dialer.host.name);
      statuses.push({
        name: dialer.host.name,
        destination: dialer.host.destination,
        state: dialer.state,
        ...(link !== undefined && linkStatus(link)),
        ...(link === undefined && dialer.error !== undefined && { error: dialer.error }),
      });
    }
    for (const link of state.links.values()) {
      if (state.dialers.has(link.name)) continue;
      statuses.push({
        name: link.name,
        destination: '',
        state: 'connected',
        ...linkStatus(link),
      });
    }
    return statuses;
  };
  /** @returns why a root is not in sync; undefined if all are */
  const unsettled = async (
    roots: readonly Root[],
    only: string | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> => {
    for (const root of roots) {
      for (const host of hostsOf(root)) {
        if (only !== undefined && host !== only) continue;
        const reason = await root.settle(host, signal);
        if (reason !== undefined) return `${root.record.name}: ${reason}`;
      }
      if (hostsOf(root).length === 0 && root.live !== undefined) await root.live.quiesce(signal);
    }
    return undefined;
  };
  const nextState = (waitMs: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, waitMs);
      signal.addEventListener('abort', finish, { once: true });
    });

  const glance = (): Glance => {
    const roots = [...state.roots.values()].map((root) => root.status(contextOf(root)));
    return { state: overall(roots), hosts: hostStatuses(), roots };
  };

  const api: AgentApi = {
    ping: async () => ({
      pid: process.pid,
      version: VERSION,
      hostId: state.hostId,
      hostName: state.config.settings.hostName,
    }),
    async status(): Promise<Status> {
      return {
        version: VERSION,
        hostName: state.config.settings.hostName,
        hostId: state.hostId,
        pid: process.pid,
        startedAt: state.startedAt,
        ...glance(),
        configProblems: [...state.config.problems],
        loop: { maxBlockedMs: maxBlockedMs() },
        memoryBytes: process.memoryUsage.rss(),
      };
    },
    async progress({ root }) {
      return { roots: rootsOf(root).map((each) => each.progress(contextOf(each))) };
    },
    async reload() {
      await state.reload();
      return {};
    },
    async sync({ root, scanOnly = false }, { signal }) {
      if (!scanOnly) for (const dialer of state.dialers.values()) dialer.nudge();
      const results: { root: string; changes: number; problems: number }[] = [];
      for (const each of rootsOf(root)) {
        const changes = (await each.live?.scan()) ?? 0;
        await each.live?.quiesce(signal);
        if (!scanOnly) for (const link of each.links.values()) link.reopen();
        results.push({ root: each.record.name, changes, problems: each.problems.size });
      }
      return { roots: results };
    },
    async wait({ path, host, timeoutMs, once }, { signal }) {
      const until = timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
      using limit = limitTime(signal, timeoutMs);
      const limited = limit.signal;
      let waitMs = RETRY_MS;
      let reason: string | undefined = 'nothing was heard in time';
      while (!signal.aborted) {
        const roots = path === undefined ? [...state.roots.values()] : [rootOfPath(path).root];
        try {
          reason = await unsettled(roots, host, limited);
          if (reason === undefined) return { inSync: true };
        } catch (error) {
          if (signal.aborted) throw error;
          if (!limited.aborted) reason = messageOf(error);
        }
        if (once || performance.now() >= until) return { inSync: false, ...(reason !== undefined && { reason }) };
        await nextState(Math.min(waitMs, until - performance.now()), limited);
        waitMs = Math.min(MAX_RETRY_MS, waitMs * 1.5);
      }
      throw signal.reason;
    },
    async verify({ root, host: only }, { signal }) {
      const results = [];
      for (const each of rootsOf(root)) {
        for (const host of hostsOf(each)) {
          if (only === undefined || host === only)
            results.push({ root: each.record.name, host, ...(await each.verify(host, signal)) });
        }
      }
      return { roots: results };
    },
    async route({ host }) {
      const found = state.dialers.get(host)?.host;
      if (found === undefined) throw new DsyncError('HOST_UNKNOWN', `There is no host ${host}`);
      return { destination: found.destination, command: found.bridgeCommand.replace(/ bridge$/, '') };
    },
    async publish() {
      state.publish();
      return {};
    },
    async pause({ target }) {
      return { paused: await setPaused(target, true) };
    },
    async resume({ target }) {
      return { resumed: await setPaused(target, false) };
    },
    async reject({ root }) {
      return { rejected: rootsOf(root).reduce((sum, each) => sum + each.reject(), 0) };
    },
    async approve({ root }) {
      return { approved: rootsOf(root).reduce((sum, each) => sum + each.approve(), 0) };
    },
    async held({ root }) {
      return {
        deletes: rootsOf(root).flatMap((each) =>
          (each.live?.deletes.held ?? []).map((path) => ({ root: each.record.name, path })),
        ),
      };
    },
    async conflicts({ root }) {
      return { conflicts: rootsOf(root).flatMap((each) => conflictsOf(each.record.name, each.index)) };
    },
    async resolve({ path, keep }) {
      const { root, below } = pathIn(path);
      return resolveConflict(root, below, keep, authorOf(state.config.settings.hostName, state.hostId));
    },
    async trash({ root, path }) {
      const at = path === undefined ? undefined : rootOfPath(path);
      const roots = at === undefined ? rootsOf(root) : [at.root];
      return {
        files: roots.flatMap((each) =>
          [...listTrash(each.record.path, at?.below)].map((file) => ({ root: each.record.name, ...file })),
        ),
      };
    },
    async restore({ path, at }) {
      const { root, below } = pathIn(path);
      const file = findTrashed(root.record.path, below, at);
      if (file === undefined)
        throw new DsyncError('NOT_FOUND', `The trash holds no ${below}${at === undefined ? '' : ` of ${at}`}`, {
          cure: `See what there is: dsync restore --list ${path}`,
        });
      await restoreTrashed(root, file);
      return { restored: { root: root.record.name, ...file } };
    },
    async ignored({ path }) {
      const { root, below } = pathIn(path);
      const isFolder = lstatPath(childPath(root.record.path, below))?.kind === 'folder';
      const { ignored, rule, source } = root.live?.ignore.explain(below, isFolder) ?? { ignored: false };
      return { ignored, ...(rule !== undefined && { rule }), ...(source !== undefined && { source }) };
    },
    events: (listener, { signal }) =>
      new Promise((resolve) => {
        state.onEvent(listener, signal);
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
  return { api, glance };

  async function setPaused(target: string | undefined, paused: boolean): Promise<string[]> {
    if (target !== undefined && state.dialers.has(target)) {
      await state.pauseHost(target, paused);
      return [target];
    }
    const roots = rootsOf(target);
    for (const root of roots) {
      if (paused) root.pause();
      else root.resume();
    }
    return roots.map(({ record }) => record.name);
  }
}

function linkStatus({ transport, rttMs, since, greeting, channel }: HostLink) {
  return { transport, rttMs, stripes: channel.stripes, since, version: greeting.agentVersion };
}

/** The worst of all roots. */
function overall(roots: readonly RootStatus[]): Status['state'] {
  if (roots.length === 0) return 'idle';
  const attention = ({ state, problems, conflicts, heldDeletes, peers }: RootStatus) =>
    state === 'halted' ||
    problems.length > 0 ||
    conflicts > 0 ||
    heldDeletes > 0 ||
    peers.some((peer) => peer.state === 'refused');
  if (roots.some(attention)) return 'attention';
  if (roots.some(({ state }) => state === 'syncing' || state === 'scanning')) return 'syncing';
  if (roots.some(({ state }) => state === 'offline')) return 'offline';
  if (roots.some(({ state }) => state === 'paused')) return 'paused';
  return 'in-sync';
}
