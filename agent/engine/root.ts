/**
 * One root on this host, from the index to the links: at work, paused, or halted.
 *
 * @module
 */
import { mkdirSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { DsyncError, messageOf } from '../../platform/failure.ts';
import { checkMarker, writeMarker } from '../apply/marker.ts';
import { problem, problemOfError } from '../apply/problem.ts';
import type { AgentEvent, RootProgress, RootStatus } from '../control/api.ts';
import { type IndexStore, openIndex } from '../index/index-store.ts';
import { MAX_CONTENT_BYTES, type Message } from '../link/messages.ts';
import type { LocalChange } from '../transfer/push-lane.ts';
import type { RsyncProgram } from '../transfer/rsync-program.ts';
import type { RootRecord } from './config/roots-file.ts';
import type { Settings } from './config/settings.ts';
import { type Halt, haltFor } from './halt.ts';
import { createLatencies } from './latencies.ts';
import { createLiveRoot, type LiveRoot } from './live-root.ts';
import { createProblems, type Problems } from './problems.ts';
import type { Applied } from './receive.ts';
import { createRootLink, type LinkProgress, type Peer, type RootLink } from './root-link.ts';
import { createRootLinks } from './root-links.ts';
import { type RootFacts, rootProgress, rootStatus } from './root-status.ts';
import { type Verification, verifyRoot } from './verify-root.ts';

export interface Root {
  readonly record: RootRecord;
  readonly index: IndexStore;
  readonly problems: Problems;
  readonly live: LiveRoot | undefined;
  readonly halt: Halt | undefined;
  readonly links: ReadonlyMap<string, RootLink>;
  /** @param remotePath where it shall lie there, if this host asks for it */
  attach(peer: Peer, remotePath: string | undefined): void;
  detach(peer: Peer): void;
  isAttached(peer: Peer): boolean;
  handle(peer: Peer, message: Message): void;
  pause(): void;
  /** A halted root goes on as well: a person said so. */
  resume(): void;
  approve(): number;
  /** Has what is held brought back by the hosts that have it. */
  reject(): number;
  status(context: StatusContext): RootStatus;
  /** The part of the status that changes while something is under way. */
  progress(context: StatusContext): RootProgress;
  /** @returns what keeps this root from being in sync with the host, undefined if nothing does */
  settle(hostName: string, signal: AbortSignal): Promise<string | undefined>;
  verify(hostName: string, signal: AbortSignal): Promise<Verification>;
  close(): Promise<void>;
}

type StatusContext = Pick<RootFacts, 'offline' | 'pausedHosts'>;

export interface RootOptions {
  readonly record: RootRecord;
  readonly state: AbsPath;
  readonly settings: Settings;
  /** This host as the author of entries. */
  readonly author: string;
  readonly onEvent: (event: Omit<AgentEvent, 'at'>) => void;
  readonly onApplied: (applied: Applied) => void;
  /** The record changed: its marker was made, it was paused. */
  readonly onRecord: (record: RootRecord) => void;
  readonly onState: () => void;
  readonly onFailure: (text: string, error: unknown) => void;
  readonly onDebug: (text: string) => void;
  /** Undefined where this host has none that sends differences. */
  readonly rsync: RsyncProgram | undefined;
  readonly signal: AbortSignal;
}

const HALT_LOOK_MS = 2000;
const RETRY_MS = 30_000;

export function createRoot(options: RootOptions): Root {
  const { settings, onState, onFailure } = options;
  let record = options.record;
  const path = record.path;
  const intents = childPath(options.state, 'intents');
  mkdirSync(intents, { recursive: true, mode: 0o700 });
  const index = openIndex(childPath(childPath(options.state, 'index'), record.id));
  const latencies = createLatencies();
  let live: LiveRoot | undefined;
  let halt: Halt | undefined;
  let closing: Promise<void> = Promise.resolve();
  let closed = false;

  const problems = createProblems((problem) => {
    options.onEvent({
      kind: 'problem',
      root: record.name,
      path: problem.path,
      text: `${problem.cause}. ${problem.cure}`,
    });
    onState();
  });
  const onChange = (change: LocalChange) => {
    links.each((link) => link.changed(change));
    if (change.lone)
      options.onEvent({
        kind: 'sent',
        root: record.name,
        path: change.record.path,
        sizeBytes: change.record.sizeBytes,
      });
  };
  const links = createRootLinks({
    rootId: record.id,
    open: (peer, remotePath, progress) => (live === undefined ? undefined : openLink(live, peer, remotePath, progress)),
    onState,
  });

  const start = () => {
    if (closed) return;
    if (!record.markerCreated && checkMarker(path, record.id) === 'missing') {
      writeMarker(path, { rootId: record.id, createdBy: settings.hostName, createdAt: new Date().toISOString() });
    }
    const marker = checkMarker(path, record.id);
    if (marker !== 'ok') {
      stop(haltFor(marker, path, record.name));
      return;
    }
    if (!record.markerCreated) {
      record = { ...record, markerCreated: true };
      options.onRecord(record);
    }
    halt = undefined;
    live = createLiveRoot({
      root: path,
      rootId: record.id,
      index,
      intentsFile: childPath(intents, `${record.id}.log`),
      author: options.author,
      smallBytes: MAX_CONTENT_BYTES,
      ignoreRules: settings.ignore,
      useGitignore: settings.useGitignore,
      massDelete: settings.massDelete,
      trash: settings.trash,
      onSwept: (text) => options.onEvent({ kind: 'state', root: record.name, text }),
      problems,
      workLinks: (untilMs) => links.some((link) => link.work(untilMs)),
      pumpLinks: (untilMs) => links.some((link) => link.pump(untilMs)),
      linksAhead: links.ahead,
      onChange,
      onApplied(applied) {
        const isFolder = applied.what === 'applied' && applied.after === '';
        if (!isFolder) links.to(applied.host)?.progress.receiving.carried({ files: 1, bytes: applied.sizeBytes });
        options.onApplied(applied);
        options.onEvent({
          kind: applied.what,
          root: record.name,
          host: applied.host,
          path: applied.path,
          sizeBytes: applied.sizeBytes,
        });
      },
      onHeld: (count) =>
        options.onEvent({
          kind: 'state',
          root: record.name,
          text: `${count} deletes are held; see: dsync approve ${record.name}`,
        }),
      onRules: () => links.each((link) => link.reopen()),
      onHalt: (reason) => stop(haltFor(reason, path, record.name)),
      onState,
      onFailure,
    });
    links.openAll();
    onState();
  };
  const stop = (why: Halt) => {
    halt = why;
    options.onEvent({ kind: 'state', root: record.name, text: `halted: ${why.reason}` });
    const stopping = live;
    live = undefined;
    links.haltAll();
    if (stopping !== undefined)
      closing = stopping.close().catch((error: unknown) => onFailure('The root could not be stopped in order', error));
    onState();
  };
  const tryStart = () => {
    try {
      start();
    } catch (error) {
      stop({
        reason: messageOf(error),
        cure: error instanceof DsyncError ? error.cure : `See: dsync logs. Then: dsync resume ${record.name}`,
      });
      onFailure(`The root ${record.name} could not be started`, error);
    }
  };
  const openLink = (at: LiveRoot, peer: Peer, remotePath: string | undefined, progress: LinkProgress): RootLink =>
    createRootLink({
      peer,
      rootId: record.id,
      name: record.name,
      remotePath,
      index,
      paused: record.paused,
      progress,
      smallBytes: MAX_CONTENT_BYTES,
      absPath: (below) => childPath(path, below),
      toStat: at.toStat,
      stageFor: at.apply.stageFor,
      local: at.content,
      standing: at.content.standing,
      sums: at.sums,
      rsync: options.rsync,
      onDebug: options.onDebug,
      pushedContentOf: (entry) => (entry.sizeBytes > settings.pushLimitBytes ? undefined : at.contentOf(entry)),
      contentOf: at.contentOf,
      receive: at.receive,
      quiesce: async (signal) => {
        await at.quiesce(signal);
        return pending();
      },
      wake: () => {
        at.wake();
        onState();
      },
      onLatency(ms, { items }) {
        latencies.add(ms);
        options.onEvent({ kind: 'acked', root: record.name, host: peer.name, latencyMs: ms, text: String(items) });
      },
      onFailure,
      onUnstored: (below, error) => problems.report({ path: below, ...problemOf(error) }),
      dropPartials: at.apply.dropPartials,
      signal: options.signal,
    });
  /** What is wrong on this host, for people. */
  const pending = (): string | undefined => {
    if (halt !== undefined) return `halted: ${halt.reason}`;
    if (problems.size > 0)
      return `${problems.size} ${problems.size === 1 ? 'problem' : 'problems'}, first: ${problems.list()[0]?.cause ?? ''}`;
    const held = live?.deletes.held.length ?? 0;
    return held > 0 ? `${held} deletes are held` : undefined;
  };
  const facts = (context: StatusContext): RootFacts => ({
    record,
    index,
    live,
    halt,
    links: [...links.byHost.values()],
    problems: problems.list(),
    latency: latencies.summary(),
    ...context,
  });
  const lookTimer = setInterval(() => {
    if (halt === undefined) {
      if (live !== undefined && checkMarker(path, record.id) !== 'ok')
        stop(haltFor(checkMarker(path, record.id), path, record.name));
    } else if (checkMarker(path, record.id) === 'ok') void closing.then(tryStart);
  }, HALT_LOOK_MS);
  const retryTimer = setInterval(() => {
    links.each((link) => link.state === 'refused' && link.reopen());
    if (problems.size === 0 || live === undefined || record.paused) return;
    void live.scan();
    links.each((link) => link.reopen());
  }, RETRY_MS);
  lookTimer.unref();
  retryTimer.unref();
  tryStart();

  return {
    get record() {
      return record;
    },
    index,
    problems,
    get live() {
      return live;
    },
    get halt() {
      return halt;
    },
    links: links.byHost,
    attach: links.attach,
    detach: links.detach,
    isAttached: links.isAttached,
    handle: links.handle,
    pause() {
      record = { ...record, paused: true };
      options.onRecord(record);
      reconnect();
    },
    resume() {
      if (record.paused) {
        record = { ...record, paused: false };
        options.onRecord(record);
        reconnect();
      }
      if (halt === undefined) return;
      const marker = checkMarker(path, record.id);
      if (marker === 'root-missing')
        throw new DsyncError('ROOT_INVALID', `${path} is not there`, {
          cure: 'Mount the disk or make the folder again, then resume',
        });
      if (marker === 'other')
        throw new DsyncError('ROOT_INVALID', `${path} belongs to another root`, {
          cure: `Remove ${path}/.dsync/local/root.json if that is wrong, then resume`,
        });
      if (marker === 'missing')
        writeMarker(path, { rootId: record.id, createdBy: settings.hostName, createdAt: new Date().toISOString() });
      void closing.then(tryStart);
    },
    approve() {
      const count = live?.deletes.approve() ?? 0;
      live?.wake();
      return count;
    },
    reject() {
      const paths = live?.deletes.reject() ?? [];
      if (paths.length === 0) return 0;
      for (const path of paths) index.forget(path);
      // What this index made and has no record of any more would count as deleted here.
      index.renewEpoch();
      index.forgetCursors();
      links.each((link) => link.askAnew());
      return paths.length;
    },
    status: (context) => rootStatus(facts(context)),
    progress: (context) => rootProgress(facts(context)),
    async settle(hostName, signal) {
      const link = links.to(hostName);
      if (halt !== undefined || live === undefined) return `halted: ${halt?.reason ?? ''}`;
      if (record.paused) return 'paused';
      if (link === undefined) return `${hostName} is offline`;
      if (link.state === 'refused') return link.refusal?.message ?? 'refused';
      if (link.state !== 'open') return `${hostName}: ${link.state}`;
      await live.quiesce(signal);
      const theirs = await link.barrier(signal);
      const ours = pending();
      if (ours !== undefined) return ours;
      if (theirs !== undefined) return `${hostName}: ${theirs}`;
      return link.quiet && live.idle ? undefined : `${hostName}: ${link.toSend} to send, ${link.toReceive} to receive`;
    },
    async verify(hostName, signal) {
      const link = links.to(hostName);
      if (link === undefined || live === undefined || link.state !== 'open')
        throw new DsyncError('HOST_UNREACHABLE', `${record.name} cannot be verified: ${hostName} is not connected`);
      return verifyRoot({ live, index, link }, signal);
    },
    async close() {
      closed = true;
      clearInterval(lookTimer);
      clearInterval(retryTimer);
      links.closeAll();
      await closing;
      await live?.close();
      live = undefined;
      await index.close();
    },
  };

  function reconnect(): void {
    links.closeAll();
    links.openAll();
    onState();
  }
}

function problemOf(error: unknown): { code: string; cause: string; cure: string } {
  const { code, cause, cure } = problemOfError(error) ?? problem('IO_ERROR', messageOf(error));
  return { code, cause, cure };
}
