/**
 * What `dsync status` says of a root, computed from facts alone.
 *
 * @module
 */
import type { Conflict, Problem, RootProgress, RootStatus, Transfer } from '../control/api.ts';
import { CONFLICTS_FOLDER, parseConflictPath } from '../core/conflict.ts';
import { isLive } from '../core/entry.ts';
import type { IndexStore } from '../index/index-store.ts';
import type { Progress } from '../transfer/progress.ts';
import type { RootRecord } from './config/roots-file.ts';
import type { LiveRoot } from './live-root.ts';
import type { LinkProgress, RootLink } from './root-link.ts';

type PeerStatus = RootStatus['peers'][number];

export interface RootFacts {
  readonly record: RootRecord;
  readonly index: IndexStore;
  readonly live: LiveRoot | undefined;
  readonly halt: { readonly reason: string; readonly cure: string } | undefined;
  readonly links: readonly RootLink[];
  readonly problems: Problem[];
  readonly latency: RootStatus['latency'];
  /** Configured hosts without a link. */
  readonly offline: readonly string[];
  readonly pausedHosts: readonly string[];
}

export function rootProgress(facts: RootFacts): RootProgress {
  const peers = peersOf(facts);
  const { record, problems } = facts;
  return {
    root: record.name,
    path: record.path,
    state: stateOf(facts, peers).state,
    problems: problems.length,
    peers: peers.map(({ toReceiveBytes, lastAckAt, ...peer }) => peer),
  };
}

function peersOf(facts: RootFacts): PeerStatus[] {
  const linked = facts.links.map(peerStatus);
  const names = new Set(linked.map(({ host }) => host));
  const away = (host: string, state: PeerStatus['state']): PeerStatus => ({
    host,
    state,
    toSend: 0,
    toReceive: 0,
    toReceiveBytes: 0,
  });
  return [
    ...linked,
    ...facts.pausedHosts.filter((host) => !names.has(host)).map((host) => away(host, 'paused')),
    ...facts.offline.filter((host) => !names.has(host)).map((host) => away(host, 'offline')),
  ];
}

export function rootStatus(facts: RootFacts): RootStatus {
  const { record, index, live, halt, problems, latency } = facts;
  const peers = peersOf(facts);
  const { state, reason } = stateOf(facts, peers);
  return {
    id: record.id,
    name: record.name,
    path: record.path,
    state,
    ...(reason !== undefined && { reason }),
    ...(halt !== undefined && { cure: halt.cure }),
    ...index.counts,
    watch: {
      method: live?.watcher.method ?? 'none',
      watches: live?.watcher.watches ?? 0,
      unwatched: live?.watcher.unwatched ?? 0,
    },
    apply: { method: live?.renames.method ?? 'exchange' },
    peers,
    latency,
    problems,
    skipped: [...(live?.skipped ?? [])].map(([path, kind]) => ({ path, kind })),
    conflicts: conflictsOf(record.name, index).length,
    heldDeletes: live?.deletes.held.length ?? 0,
  };
}

function stateOf(
  { record, live, halt }: RootFacts,
  peers: readonly PeerStatus[],
): { state: RootStatus['state']; reason?: string } {
  if (halt !== undefined) return { state: 'halted', reason: halt.reason };
  if (record.paused) return { state: 'paused' };
  if (live?.scanning) return { state: 'scanning' };
  if (peers.length === 0) return { state: 'local-only', reason: 'no host shares this root' };
  const worst = peers.find(({ state }) => state === 'refused') ?? peers.find(({ state }) => state === 'syncing');
  if (worst !== undefined) return { state: 'syncing', ...(worst.reason !== undefined && { reason: worst.reason }) };
  if (live?.idle === false) return { state: 'syncing', reason: 'changes are being looked at' };
  const offline = peers.filter(({ state }) => state === 'offline');
  if (offline.length > 0)
    return { state: 'offline', reason: `${offline.map(({ host }) => host).join(', ')} not connected` };
  if (peers.every(({ state }) => state === 'paused')) return { state: 'paused' };
  return { state: 'in-sync' };
}

function peerStatus(link: RootLink): PeerStatus {
  const { toSend, toReceive, toReceiveBytes, lastAckAt } = link;
  const counts = {
    host: link.peer.name,
    toSend,
    toReceive,
    toReceiveBytes,
    ...(lastAckAt !== undefined && { lastAckAt }),
    ...traffic(link.progress),
  };
  switch (link.state) {
    case 'refused':
      return {
        ...counts,
        state: 'refused',
        reason: `${link.refusal?.message ?? ''} ${link.refusal?.cure ?? ''}`.trim(),
      };
    case 'paused':
      return { ...counts, state: 'paused' };
    case 'opening':
      return { ...counts, state: 'syncing', reason: 'the root is being opened there' };
    case 'open':
      return link.quiet
        ? { ...counts, state: 'in-sync' }
        : { ...counts, state: 'syncing', reason: `${toSend} to send, ${toReceive} to receive` };
  }
}

function traffic({
  sending,
  receiving,
}: LinkProgress): Pick<PeerStatus, 'sending' | 'receiving' | 'sent' | 'received'> {
  const [up, down] = [transfer(sending), transfer(receiving)];
  return {
    ...(up !== undefined && { sending: up }),
    ...(down !== undefined && { receiving: down }),
    sent: sending.total,
    received: receiving.total,
  };
}

function transfer(progress: Progress): Transfer | undefined {
  const snapshot = progress.snapshot(performance.now());
  if (snapshot === undefined) return undefined;
  const { leftMs, inFlight, ...rest } = snapshot;
  return { ...rest, ...(leftMs !== undefined && { leftMs }), inFlight: [...inFlight] };
}

/** All conflict copies of a root; the list is never cut short. */
export function conflictsOf(root: string, index: IndexStore): Conflict[] {
  const conflicts: Conflict[] = [];
  for (const record of index.below(CONFLICTS_FOLDER)) {
    const parsed = isLive(record) && record.kind !== 'folder' ? parseConflictPath(record.path) : undefined;
    if (parsed !== undefined)
      conflicts.push({
        root,
        path: parsed.original,
        copy: record.path,
        author: parsed.author,
        at: parsed.at,
        sizeBytes: record.sizeBytes,
      });
  }
  return conflicts;
}
