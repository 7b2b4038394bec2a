/**
 * One other host, over a connection of its own: as far as it goes.
 *
 * @module
 */
import { DsyncError, type FailureCode } from '../../platform/failure.ts';
import { formatMs } from '../../platform/format.ts';
import { VERSION } from '../../platform/version.ts';
import type { HostStatus } from '../control/api.ts';
import type { HostRecord } from '../engine/config/hosts-file.ts';
import { connect } from '../link/connect.ts';
import { launcherCommand } from '../link/launcher-command.ts';
import { type HostFacts, probeHost } from '../link/probe.ts';
import { runRemote } from '../link/remote-shell.ts';
import { resolveDestination } from '../link/resolve.ts';
import type { SshSession } from '../link/ssh-session.ts';
import type { Check, Notes } from './check.ts';
import { judgePrograms, settle } from './check-programs.ts';
import { clocksDiffer, measureClock } from './clock.ts';
import type { Context } from './context.ts';
import { judgeDisk } from './disk.ts';
import type { FindingCode } from './findings.ts';
import { findWay } from './measure-way.ts';
import { parseReport } from './report.ts';
import { isSlow, isUneven, measureRoundTrip } from './round-trip.ts';
import { measureShell, SLOW_SHELL_MS } from './shell-start.ts';

const CONNECT_MS = 12_000;
const HOST_MS = 30_000;

export function checkHost({ agent }: Context, host: HostRecord): Check {
  const { name } = host;
  return {
    name: `host ${name}`,
    deadlineMs: HOST_MS,
    async run(notes, signal) {
      const answer = await agent();
      const status = answer.kind === 'up' ? answer.status.hosts.find((one) => one.name === name) : undefined;
      if (host.paired?.revoked) {
        notes.detail('paired, and its key revoked');
        return;
      }
      if (host.paused) notes.finding('HOST_PAUSED', `${name} is paused`, { cure: `dsync resume ${name}` });
      if (host.paired !== undefined) {
        judgeLink(notes, host, status);
        return;
      }
      let session: SshSession;
      try {
        session = await connect(host.destination, { transport: host.transport, signal, timeoutMs: CONNECT_MS });
      } catch (error) {
        if (!(error instanceof DsyncError)) throw error;
        notes.finding(CODE_BY_FAILURE[error.code] ?? 'HOST_DOWN', error.message, { cure: error.cure });
        return;
      }
      const end = (): void => session.close();
      signal.addEventListener('abort', end, { once: true });
      try {
        notes.detail(`${session.transport} to ${host.destination}`);
        judgeLink(notes, host, status);
        // One after the other: they time what they ask.
        await lookAtWay(notes, session, host, signal);
        await settle([lookAtClock(notes, session, name, signal), lookAround(notes, session, host, signal)]);
      } finally {
        signal.removeEventListener('abort', end);
        session.close();
      }
    },
  };
}

const CODE_BY_FAILURE: { readonly [C in FailureCode]?: FindingCode } = {
  HOST_UNREACHABLE: 'HOST_DOWN',
  HOST_KEY_UNKNOWN: 'HOST_KEY_UNKNOWN',
  HOST_KEY_CHANGED: 'HOST_KEY_CHANGED',
  SSH_AUTH: 'HOST_AUTH',
  SSH_CONFIG: 'HOST_SSH_CONFIG',
};

function judgeLink(notes: Notes, { name, paused }: HostRecord, status: HostStatus | undefined): void {
  if (status === undefined || paused) return;
  const { state, error, version } = status;
  if (state === 'connected') {
    notes.detail(`linked by ${status.transport}, round trip ${formatMs(status.rttMs ?? 0)}`);
    if (version !== undefined && version !== VERSION) {
      notes.finding('HOST_VERSION', `The agent on ${name} is of version ${version}, this dsync of ${VERSION}`);
    }
  } else if (error !== undefined) {
    notes.finding('HOST_NOT_LINKED', `No link to ${name}: ${error.message}`, { cure: error.cure });
  } else notes.detail(`not linked yet: ${state}`);
}

async function lookAtWay(notes: Notes, session: SshSession, host: HostRecord, signal: AbortSignal): Promise<void> {
  const { name } = host;
  const trip = await measureRoundTrip(session, { signal });
  notes.detail(
    `round trip ${formatMs(trip.medianMs)}, jitter ${formatMs(trip.jitterMs)}, worst ${formatMs(trip.maxMs)}`,
  );
  if (isSlow(trip)) notes.finding('LINK_SLOW', `A round trip to ${name} takes ${formatMs(trip.medianMs)}`);
  if (isUneven(trip))
    notes.finding('LINK_JITTER', `The round trip to ${name} varies by ${formatMs(trip.jitterMs)} from one to the next`);
  const shell = await measureShell(session, { signal });
  const startMs = Math.max(0, shell.ms - trip.medianMs);
  notes.detail(`its shell starts in ${formatMs(startMs)}`);
  if (startMs > SLOW_SHELL_MS) notes.finding('SHELL_SLOW', `The shell on ${name} takes ${formatMs(startMs)} to start`);
  if (shell.printed !== '')
    notes.finding('SHELL_NOISY', `The shell on ${name} prints as it starts: ${JSON.stringify(shell.printed)}`);
  const { hostname } = await resolveDestination(host.destination, { env: process.env, signal });
  const way = await findWay(hostname, { signal });
  if (way === undefined) return;
  notes.detail(`${way.tool}: ${way.kind === 'direct' ? 'DIRECT' : 'RELAY'} by ${way.by}`);
  if (way.kind === 'relayed') notes.finding('LINK_RELAYED', `${way.tool} reaches ${name} by ${way.by}, not directly`);
}

async function lookAtClock(notes: Notes, session: SshSession, name: string, signal: AbortSignal): Promise<void> {
  const clock = await measureClock(session, { signal });
  if (clock === undefined) return;
  const { aheadMs, uncertainMs } = clock;
  const text = `${formatMs(Math.abs(aheadMs))} ${aheadMs < 0 ? 'behind' : 'ahead'}`;
  notes.detail(`its clock is ${text}, give or take ${formatMs(uncertainMs)}`);
  if (clocksDiffer(clock)) notes.finding('CLOCK_DIFFERENCE', `The clock of ${name} is ${text}`);
}

/** What is installed there, and what the doctor there finds; where there is none, what can be seen from here. */
async function lookAround(notes: Notes, session: SshSession, host: HostRecord, signal: AbortSignal): Promise<void> {
  const { name } = host;
  const upgrade = { cure: `dsync host upgrade ${name}` };
  const facts = await probeHost(session, { signal });
  notes.detail(`${facts.os} ${facts.arch}, node ${facts.node?.version ?? 'not found'}`);
  if (facts.node === undefined) {
    notes.finding('HOST_NODE', `There is no Node.js on ${name} that dsync can use`, {
      cure: `Install it there, or bring one along: dsync host upgrade ${name} --ship-node`,
    });
  } else if (facts.current === undefined) notes.finding('HOST_NO_DSYNC', `dsync is not installed on ${name}`, upgrade);
  else {
    const { code, stdout, stderr } = await runRemote(session, launcherCommand(host, 'doctor --here --json'), {
      signal,
    });
    const report = parseReport(stdout);
    if (report !== undefined) {
      notes.detail(`dsync ${report.version} there`);
      for (const finding of report.findings) notes.add({ ...finding, host: name });
      return;
    }
    // A dsync that is older than its doctor says that it knows no such command.
    if (code !== 0 && !/unknown command/.test(stderr)) {
      notes.finding('HOST_BROKEN_DSYNC', `dsync does not start on ${name}: ${stderr.trim().split('\n')[0]}`, upgrade);
    }
  }
  judgeFacts(notes, facts, name);
}

function judgeFacts(notes: Notes, { rsync, tmux, git, freeBytes, lib }: HostFacts, host: string): void {
  judgePrograms(notes, { rsync, tmux, git }, host);
  if (freeBytes !== undefined)
    judgeDisk(notes, `the disk of ${lib} on ${host}`, { freeBytes, freeInodes: undefined }, { host });
}
