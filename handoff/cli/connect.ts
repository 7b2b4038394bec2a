/**
 * `dsync handoff connect`, `switch-host`: the plan, the question, the handoff, and this terminal in the session there.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import { formatCount, formatMs } from '../../platform/format.ts';
import { visible } from '../../platform/visible.ts';
import { passBarrier } from '../protocol/barrier.ts';
import { catchUp } from '../protocol/catch-up.ts';
import { firstClaim, laterClaim } from '../protocol/claim.ts';
import { handOver } from '../protocol/hand-over.ts';
import type { Handoff } from '../protocol/handoff.ts';
import { expectAgent, type ThisHost, withThisHost } from '../protocol/host-steps.ts';
import { type OtherHosts, openOtherHosts } from '../protocol/hosts.ts';
import { sendMail } from '../protocol/mail.ts';
import { type Finding, findObstacles, labelOf, type Preflight, usedRoots } from '../protocol/preflight.ts';
import type { RemoteSide } from '../protocol/remote-side.ts';
import type { View } from '../protocol/session-port.ts';
import type { HostFacts, Side } from '../protocol/steps.ts';
import { findWayBack } from '../protocol/way-back.ts';
import type { RestoreReport } from '../restore/plan-schema.ts';
import { show } from './attach-report.ts';
import type { ConnectOptions } from './connect-command.ts';
import { formatFindings, formatPlan, formatReport } from './format-handoff.ts';
import { noteCaughtUp } from './note-recovered.ts';
import { offerInstead } from './offer.ts';
import { takeOver } from './take-over.ts';

/** From where to where, as the user said it. */
export interface Way {
  readonly kind: 'push' | 'pull';
  readonly host: string;
  /** Which host that must be. */
  readonly expected?: string;
  /** Sessions that go, by key, where no names were given. */
  readonly snapshot?: string;
}

export async function connect(cli: Cli, host: string | undefined, options: ConnectOptions): Promise<ExitCode> {
  checkUsage(host, options);
  const onProgress = (text: string): void => {
    if (options.json !== true) cli.note(visible(text));
  };
  return withThisHost<ExitCode>(
    { home: cli.home, socket: options.socket ?? tmuxSocket(), onProgress },
    async (self) => {
      await using hosts = openOtherHosts(self);
      noteCaughtUp(cli, await catchUp(cli.home, self, { hosts, signal: cli.signal }));
      if (options.takeover) return takeOver(cli, self, options);
      try {
        const way = wayOf(self, host, options);
        return await connectBy({ cli, self, hosts, way, options }).catch((error: unknown) =>
          offerInstead(error, { cli, self, way, options }),
        );
      } finally {
        await sendMail(cli.home, self.host, self.agent);
      }
    },
  );
}

interface Connecting {
  readonly cli: Cli;
  readonly self: ThisHost;
  readonly hosts: OtherHosts;
  readonly way: Way;
  readonly options: ConnectOptions;
}

async function connectBy(connecting: Connecting): Promise<ExitCode> {
  const { cli, self, way, options } = connecting;
  const startedMs = performance.now();
  const prepared = await prepare(connecting);
  const { preflight, findings, handoff, packed, from, to, other, destination } = prepared;
  const errors = findings.filter(({ level }) => level === 'error');
  const head = `${handoff.label}: ${handoff.from.name} → ${handoff.to.name}${handoff.copy ? ' (a copy)' : ''}`;
  const planJson = { ...handoff, claim: undefined, findings, plan: preflight.plan };
  if (options.json !== true) {
    cli.note(cli.colors.bold(visible(head)));
    for (const line of formatPlan(preflight.plan, cli.colors)) cli.note(`  ${line}`);
    // A single one is the error's own text.
    const shown = errors.length === 1 ? findings.filter(({ level }) => level !== 'error') : findings;
    for (const line of formatFindings(shown, cli.colors)) cli.note(line);
    cli.note(`(planned in ${formatMs(performance.now() - startedMs)})`);
  }
  if (options.dryRun || errors.length > 0) {
    if (options.json) cli.printJson({ ...planJson, outcome: errors.length > 0 ? 'refused' : 'planned' });
    if (errors.length > 0) throw refusal(handoff, errors);
    return 0;
  }
  if (!(await agrees(cli, options, `Take it to ${handoff.to.name}?`))) return 3;

  const yesMs = performance.now();
  const agent = expectAgent(self.agent);
  const here = way.kind === 'push' ? preflight.from : preflight.to;
  const used = usedRoots(preflight.snapshot);
  const report = await handOver({
    ...{ handoff, packed, from, to, view: viewOf(options), signal: cli.signal },
    onStep: (step) => options.json !== true && cli.note(STEP_TEXT[step] ?? step),
    barrier: () =>
      passBarrier({
        ...{ agent, host: way.host, signal: cli.signal, timeoutMs: (options.timeout ?? 60) * 1000 },
        roots: here.roots.filter(({ id }) => used.has(id)),
        from: way.kind === 'pull' ? from : undefined,
      }),
  });
  const outcome = handoff.copy ? 'copied' : 'handed-over';
  if (options.json) cli.printJson({ ...planJson, outcome, report });
  else {
    for (const line of formatReport(report, cli.colors)) cli.note(line);
    cli.note(`${visible(handoff.label)} is on ${handoff.to.name} (${formatMs(performance.now() - yesMs)})`);
  }
  return finishAt(connecting, { report, other, destination, folder: preflight.plan.cwd });
}

const STEP_TEXT: Readonly<Record<string, string>> = {
  begin: 'writing down what is to happen',
  prepare: 'sending the session',
  stop: 'stopping what runs there by itself',
  barrier: 'proving that both hosts hold the same',
  offer: 'offering it',
  commit: 'changing hands',
  yield: 'it has changed hands',
  restore: 'putting it up',
  release: 'marking what stays behind',
  'put back': 'putting everything back',
};

function refusal({ from }: Handoff, [first, ...more]: readonly Finding[]): DsyncError {
  const also = more.length === 0 ? '' : `, and ${formatCount(more.length, 'more reason')} above`;
  return new DsyncError('HANDOFF_REFUSED', `The session stays on ${from.name}: ${first?.text ?? ''}${also}`, {
    ...(first?.cure && {
      cure: `${first.cure}${/[.!?]$/.test(first.cure) ? '' : '.'} Nothing was started and nothing was stopped.`,
    }),
  });
}

interface Prepared {
  readonly preflight: Preflight;
  readonly findings: readonly Finding[];
  readonly handoff: Handoff;
  readonly packed: string;
  readonly from: Side;
  readonly to: Side;
  readonly other: RemoteSide;
  readonly destination: string;
}

async function prepare({ cli, self, hosts, way, options }: Connecting): Promise<Prepared> {
  const { signal } = cli;
  expectAgent(self.agent);
  const { side: other, destination } = await hosts.side(way.host);
  const [from, to] = way.kind === 'push' ? [self.side, other] : [other, self.side];
  const sessions = options.session === undefined ? undefined : [...options.session];
  const askedMs = Date.now();
  const captured = from.call(
    'capture',
    { ...(sessions && { sessions }), ...(way.snapshot && { like: way.snapshot }) },
    { signal },
  );
  captured.catch(() => {});
  const [ours, theirs] = await Promise.all([
    self.side.call('facts', {}, { signal }),
    other.call('facts', {}, { signal }),
  ]);
  const skewMs = theirs.nowMs - (askedMs + Date.now()) / 2;
  if (way.expected !== undefined && theirs.hostId !== way.expected) {
    throw new DsyncError('HOST_UNKNOWN', `${way.host} is another host than the one that has to do with this session`);
  }
  if (theirs.hostId === ours.hostId) throw new DsyncError('SAME_AGENT', `${way.host} is this very host`);
  const { snapshot, packed } = await captured;
  const named = (facts: HostFacts): HostFacts => ({ ...facts, hostName: facts === theirs ? way.host : facts.hostName });
  const [fromFacts, toFacts] = way.kind === 'push' ? [ours, named(theirs)] : [named(theirs), ours];
  const copy = options.copy === true;
  const isOneMachine = ours.machine !== '' && ours.machine === theirs.machine && !copy;
  const freed = isOneMachine ? snapshot.services.flatMap(({ listens }) => listens.map(({ port }) => port)) : [];
  const plan = await to.call('plan', { snapshot, view: viewOf(options), freed }, { signal });
  const preflight: Preflight = { snapshot, plan, skewMs, copy, from: fromFacts, to: toFacts };
  const handoff = handoffOf(preflight);
  const findings = [...ownerFindings(handoff), ...findObstacles(preflight)];
  return { preflight, findings, handoff, packed, from, to, other, destination };
}

function handoffOf({ snapshot, from, to, copy }: Preflight): Handoff {
  const startedAt = new Date().toISOString();
  const [source, target] = [from, to].map(({ hostId, hostName }) => ({ id: hostId, name: hostName }));
  const owner = source ?? { id: from.hostId, name: from.hostName };
  const claims = [...from.claims, ...to.claims].filter(({ sessionKey }) => sessionKey === snapshot.sessionKey);
  const claim = claims.reduce(laterClaim, firstClaim(snapshot.sessionKey, owner, startedAt));
  const id = randomUUID();
  return {
    ...{ id, sessionKey: snapshot.sessionKey, snapshot: snapshot.id, label: labelOf(snapshot) },
    ...{ from: owner, to: target ?? owner, claim, startedAt, copy },
  };
}

function ownerFindings({ claim, from, copy }: Handoff): Finding[] {
  if (claim.owner === from.id || copy) return [];
  const text = `The session has been on ${claim.ownerName} since ${claim.since}; what is on ${from.name} is what was left`;
  return [{ level: 'error', where: '', text, cure: `Fetch it: switch-host --from ${claim.ownerName}` }];
}

export function viewOf({ size, map }: ConnectOptions): View {
  const { columns: cols, rows, isTTY } = process.stdout;
  const own = isTTY && cols > 0 && rows > 0 ? { cols, rows } : undefined;
  const shown = size ?? own;
  return { ...(shown !== undefined && { size: shown }), map: [...(map ?? [])] };
}

export async function agrees(cli: Cli, { yes }: ConnectOptions, message: string): Promise<boolean> {
  if (yes) return true;
  if (!cli.canAsk) {
    cli.note('Nothing was started and nothing was stopped: no terminal to ask in. Agree with: --yes');
    return false;
  }
  const { confirm } = await import('@inquirer/prompts');
  const go = await confirm({ message, default: true }, { output: process.stderr, signal: cli.signal });
  if (!go) cli.note('Nothing was started and nothing was stopped.');
  return go;
}

async function finishAt(
  { cli, way, options }: Connecting,
  {
    report,
    other,
    destination,
    folder,
  }: {
    readonly report: RestoreReport;
    readonly other: RemoteSide;
    readonly destination: string;
    readonly folder: string;
  },
): Promise<ExitCode> {
  const exit: ExitCode = report.complete ? 0 : 1;
  const remote = way.kind === 'push' ? { host: way.host, destination, sharing: other.sharing } : undefined;
  await show(cli, { report, folder, remote, attach: options.attach && options.json !== true });
  return exit;
}

function wayOf({ host: { ledger, self } }: ThisHost, host: string | undefined, options: ConnectOptions): Way {
  if (options.back) {
    const { kind, other, handoff } = findWayBack(ledger, self);
    return { kind, host: other.name, expected: other.id, snapshot: handoff.snapshot };
  }
  return options.from === undefined ? { kind: 'push', host: host ?? '' } : { kind: 'pull', host: options.from };
}

function checkUsage(host: string | undefined, { from, back, takeover, copy }: ConnectOptions): void {
  const named = [host, from, back].filter((one) => one !== undefined).length;
  const wrong = (text: string, cure: string): never => {
    throw new DsyncError('BAD_INPUT', text, { cure });
  };
  if (named === 0) wrong('Where to? No host was named', 'switch-host HOST. List the hosts: dsync host ls');
  if (named > 1) wrong('HOST, --from and --back exclude one another', 'Give one of them. Nothing was changed.');
  if (takeover && from === undefined) wrong('--takeover needs to know from whom', 'switch-host --from HOST --takeover');
  if (takeover && copy) wrong('--takeover and --copy exclude one another', 'Give one of them. Nothing was changed.');
}

/** Of the tmux that this terminal is in. */
function tmuxSocket(): string | undefined {
  const [socket = ''] = (process.env.TMUX ?? '').split(',');
  return socket === '' ? undefined : socket;
}
