/**
 * This host as it takes part in handoffs: who it is, what it has written down, what it can be asked.
 *
 * @module
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { type ControlClient, connectControl } from '../../agent/control/client.ts';
import { childPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import type { Home } from '../../platform/home.ts';
import { ownHostId } from '../../platform/host-id.ts';
import { ownHostName } from '../../platform/own-host-name.ts';
import { VERSION } from '../../platform/version.ts';
import type { Owner } from './claim.ts';
import { openLedger } from './ledger.ts';
import { createOwnSteps, isUnfinished, type OwnHost } from './own-steps.ts';
import { createRealSession } from './real-session.ts';
import { openRecords } from './records.ts';
import { isOpen } from './recover.ts';
import { type HostFacts, ownSide, type Side, type StepTable } from './steps.ts';
import { isWorking, thisWorker } from './worker.ts';

export interface ThisHost {
  readonly host: OwnHost;
  readonly table: StepTable;
  readonly side: Side;
  /** Undefined where none runs. */
  readonly agent: ControlClient | undefined;
}

export interface ThisHostOptions {
  readonly home: Home;
  /** Of the tmux server; the usual one if absent. */
  readonly socket?: string | undefined;
  readonly onProgress?: (text: string) => void;
}

/** Runs `work` with this host; the connection to its agent ends with it. */
export async function withThisHost<T>(options: ThisHostOptions, work: (self: ThisHost) => Promise<T>): Promise<T> {
  const agent = await connectAgent(options.home);
  try {
    return await work(await openThisHost(options, agent));
  } finally {
    agent?.close();
  }
}

async function openThisHost(options: ThisHostOptions, agent: ControlClient | undefined): Promise<ThisHost> {
  const { home } = options;
  const self = await whoAmI(home, agent);
  const host: OwnHost = {
    self,
    ledger: openLedger(openRecords(childPath(home.state, 'handoff/ledger'))),
    session: createRealSession({ ...options, hostId: self.id }),
    worker: thisWorker(),
    isWorking,
    now: () => new Date().toISOString(),
  };
  const table: StepTable = {
    ...createOwnSteps(host),
    facts: () => gatherHostFacts(host, agent),
    capture: ({ sessions, like }, { signal }) => host.session.capture({ sessions, like, trigger: 'switch', signal }),
    plan: ({ snapshot, view, freed }, { signal }) => host.session.plan(snapshot, view, { freed, signal }),
    async flush({ roots }, { signal }) {
      for (const root of roots) await expectAgent(agent).call('sync', { root, scanOnly: true }, { signal });
      return {};
    },
  };
  return { host, table, side: ownSide(table), agent };
}

export function expectAgent(agent: ControlClient | undefined): ControlClient {
  if (agent !== undefined) return agent;
  throw new DsyncError('AGENT_NOT_RUNNING', 'The agent is not running on this host, so nobody can say what is in sync');
}

async function connectAgent(home: Home): Promise<ControlClient | undefined> {
  try {
    return await connectControl(home);
  } catch (error) {
    if (error instanceof DsyncError && error.code === 'AGENT_NOT_RUNNING') return undefined;
    throw error;
  }
}

async function whoAmI(home: Home, agent: ControlClient | undefined): Promise<Owner> {
  if (agent !== undefined) {
    const { hostId, hostName } = await agent.call('ping', {}, { timeoutMs: 10_000 });
    return { id: hostId, name: hostName };
  }
  return { id: ownHostId(home), name: ownHostName() };
}

async function gatherHostFacts({ self, ledger }: OwnHost, agent: ControlClient | undefined): Promise<HostFacts> {
  const status = await agent?.call('status', {}, { timeoutMs: 10_000 });
  return {
    hostId: self.id,
    hostName: self.name,
    version: VERSION,
    machine: machineId(),
    nowMs: Date.now(),
    hasAgent: agent !== undefined,
    roots: (status?.roots ?? []).map(({ id, name, path, state, peers, conflicts, heldDeletes }) => ({
      ...{ id, name, path, state, conflicts },
      hosts: peers.map(({ host }) => host),
      held: heldDeletes,
    })),
    claims: ledger.claims(),
    incoming: ledger.incomings().filter(isOpen),
    outgoing: ledger.outgoings().filter(isUnfinished),
  };
}

/** Two homes that share their ports: one kernel since it started, one network. Empty where that is not told. */
function machineId(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/net')}`;
  } catch {
    return '';
  }
}
