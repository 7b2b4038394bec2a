/**
 * `--from HOST --takeover`: the other host is down, and work goes on here from the last snapshot that came from it.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import { formatDuration } from '../../platform/format.ts';
import { visible } from '../../platform/visible.ts';
import { type Claim, firstClaim, laterClaim } from '../protocol/claim.ts';
import type { Handoff } from '../protocol/handoff.ts';
import type { ThisHost } from '../protocol/host-steps.ts';
import { sendMail, snapshotsFrom } from '../protocol/mail.ts';
import { type Finding, labelOf, usedRoots } from '../protocol/preflight.ts';
import { claimSession } from '../protocol/take-over.ts';
import { listSnapshots, loadSnapshot, unpackSnapshot } from '../session.ts';
import type { Snapshot } from '../snapshot/schema.ts';
import { show } from './attach-report.ts';
import { agrees, viewOf } from './connect.ts';
import type { ConnectOptions } from './connect-command.ts';
import { formatFindings, formatPlan, formatReport } from './format-handoff.ts';

export async function takeOver(cli: Cli, self: ThisHost, options: ConnectOptions): Promise<ExitCode> {
  const { host, side, agent } = self;
  const from = options.from ?? '';
  const status = await agent?.call('status', {});
  if (status?.hosts.some(({ name, state }) => name === from && state === 'connected')) {
    throw new DsyncError(
      'HANDOFF_REFUSED',
      `${from} can be reached, so the session need not be taken from it unasked`,
      {
        cure: `Fetch it as it is now: switch-host --from ${from}`,
      },
    );
  }
  const last = await lastFrom(self, cli, from);
  const { snapshot } = last;
  const view = viewOf(options);
  const plan = await side.call('plan', { snapshot, view, freed: [] }, { signal: cli.signal });
  const handoff = handoffOf(self, last, from);
  const ageMs = Date.now() - Date.parse(snapshot.createdAt);
  const findings: Finding[] = [
    {
      level: 'warning',
      where: '',
      text: `The snapshot is ${formatDuration(ageMs)} old: what ${from} did since then is not in it`,
      cure: '',
    },
    ...(agent === undefined ? [unasked(from)] : []),
    ...(status?.roots ?? []).filter(({ id }) => usedRoots(snapshot).has(id)).flatMap((root) => missing(root, from)),
    ...plan.notices.map((one): Finding => ({ level: 'warning', ...one })),
    ...plan.obstacles.map((one): Finding => ({ level: 'error', ...one })),
  ];
  if (!options.json) {
    cli.note(cli.colors.bold(visible(`${handoff.label}: taken over from ${from}`)));
    for (const line of formatPlan(plan, cli.colors)) cli.note(`  ${line}`);
    for (const line of formatFindings(findings, cli.colors)) cli.note(line);
  }
  const planJson = { ...handoff, claim: undefined, ageMs, findings, plan };
  const [obstacle] = plan.obstacles;
  if (options.dryRun || obstacle !== undefined) {
    if (options.json) cli.printJson({ ...planJson, outcome: obstacle === undefined ? 'planned' : 'refused' });
    if (obstacle !== undefined)
      throw new DsyncError('HANDOFF_REFUSED', obstacle.text, { ...(obstacle.cure && { cure: obstacle.cure }) });
    return 0;
  }
  if (!(await agrees(cli, options, `Take it over from ${from}?`))) return 3;
  await claimSession(host, { handoff, view });
  await sendMail(cli.home, host, agent);
  const { report } = await side.call('restore', { id: handoff.id }, { signal: cli.signal });
  if (options.json) cli.printJson({ ...planJson, outcome: 'taken-over', report });
  else {
    for (const line of formatReport(report, cli.colors)) cli.note(line);
    cli.note(visible(`${handoff.label} is on this host now. When ${from} is back it stands back by itself.`));
  }
  await show(cli, { report, folder: plan.cwd, remote: undefined, attach: options.attach && !options.json });
  return report.complete ? 0 : 1;
}

/** The last snapshot of that host that is here: one that its agent sent, or one of a handoff. */
async function lastFrom({ host: { self } }: ThisHost, { home }: Cli, from: string): Promise<Last> {
  const [sent] = snapshotsFrom(home, from);
  const kept = (await listSnapshots(home)).find(
    ({ host, fault }) => host === (sent?.hostName ?? from) && fault === undefined,
  );
  if (sent !== undefined && (kept === undefined || kept.createdAt < sent.takenAt)) {
    return { snapshot: await unpackSnapshot(home, sent.read()), claims: sent.claims };
  }
  if (kept !== undefined) return { snapshot: await loadSnapshot(home, kept.id), claims: sent?.claims ?? [] };
  throw new DsyncError(
    'SNAPSHOT_UNKNOWN',
    `No snapshot of ${from} has come to ${self.name}, so there is nothing to take over`,
    { cure: 'See which are here: dsync handoff list. A linked host sends its own every few minutes.' },
  );
}

interface Last {
  readonly snapshot: Snapshot;
  /** As that host last told them. */
  readonly claims: readonly Claim[];
}

function handoffOf({ host: { ledger, self, now } }: ThisHost, { snapshot, claims }: Last, from: string): Handoff {
  const { sessionKey, source, id, createdAt } = snapshot;
  const owner = { id: source.id, name: from };
  const known = [...claims, ...ledger.claims()].filter((claim) => claim.sessionKey === sessionKey);
  const claim = known.reduce(laterClaim, firstClaim(sessionKey, owner, createdAt));
  return {
    ...{ id: randomUUID(), sessionKey, snapshot: id, label: labelOf(snapshot), from: owner, to: self, claim },
    ...{ startedAt: now(), copy: false },
  };
}

function unasked(from: string): Finding {
  const text = `The agent is not running here, so nobody looked whether ${from} can be reached`;
  return { level: 'warning', where: '', text, cure: 'Start it, and it is seen at once: dsync start' };
}

function missing(
  {
    name,
    peers,
  }: {
    readonly name: string;
    readonly peers: readonly {
      readonly host: string;
      readonly toReceive: number;
      readonly lastAckAt?: number | undefined;
    }[];
  },
  from: string,
): Finding[] {
  const peer = peers.find(({ host }) => host === from);
  const known =
    peer === undefined || peer.toReceive === 0 ? '' : `; ${peer.toReceive} changes were known of and had not come`;
  const text = `What was saved on ${from} after the link broke is not here${known}`;
  return [{ level: 'warning', where: name, text, cure: `It comes when ${from} is back; then see: dsync conflicts` }];
}
