/**
 * `dsync sync`: has the agent look through the roots, and stays until what was found is where it belongs.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { formatBytes, formatCount, formatTable } from '../../platform/format.ts';
import type { Result, RootProgress } from '../control/api.ts';
import type { ControlClient } from '../control/client.ts';
import { rootParams } from './root-params.ts';
import type { SyncOptions } from './sync-commands.ts';
import { watchProgress } from './watch-progress.ts';
import { withAgent } from './with-agent.ts';

const ASK_AGAIN_MS = 250;
const ENDS: ReadonlySet<RootProgress['peers'][number]['state']> = new Set(['offline', 'paused', 'refused']);

type Amount = NonNullable<RootProgress['peers'][number]['sent']>;

interface Outcome {
  readonly root: string;
  readonly changes: number;
  readonly problems: number;
  readonly sent: Amount;
  readonly received: Amount;
}

export async function sync(cli: Cli, root: string | undefined, options: SyncOptions): Promise<ExitCode> {
  const { json = false, wait = true } = options;
  const params = rootParams(root);
  return await withAgent(cli, async (agent) => {
    const { signal } = cli;
    const before = await agent.call('progress', params, { signal });
    const work = (async () => {
      const { roots } = await agent.call('sync', params, { signal });
      const reason = wait
        ? await settle(agent, root === undefined ? undefined : before.roots[0]?.path, signal)
        : undefined;
      return { roots, reason };
    })();
    const { roots, reason } = await watchProgress(cli, agent, { params, json }, work);
    const after = await agent.call('progress', params, { signal });
    const outcomes = roots.map((found) => outcomeOf(found, before.roots, after.roots));
    if (json) {
      const state = wait ? { inSync: reason === undefined, ...(reason !== undefined && { reason }) } : {};
      cli.print(JSON.stringify({ kind: 'done', ...state, roots: outcomes }));
    } else {
      for (const line of formatTable(outcomes.map((outcome) => cells(outcome, cli)))) cli.print(line);
      if (reason !== undefined) cli.note(`not in sync: ${reason}`);
    }
    return outcomes.some(({ problems }) => problems > 0) ? 3 : 0;
  });
}

/** @returns why a root is not in sync, once nothing is under way any more; undefined if all are */
async function settle(
  agent: ControlClient,
  path: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (let idle = 0; ; ) {
    const { inSync, reason = 'nothing was heard' } = await agent.call(
      'wait',
      { once: true, ...(path !== undefined && { path }) },
      { signal },
    );
    if (inSync) return undefined;
    const { roots } = await agent.call('progress', path === undefined ? {} : { root: path }, { signal });
    // Twice: a change may have come in between the two questions.
    idle = roots.some(isBusy) ? 0 : idle + 1;
    if (idle > 1) return reason;
    await sleep(ASK_AGAIN_MS, undefined, { signal });
  }
}

function isBusy({ state, peers }: RootProgress): boolean {
  if (state === 'scanning') return true;
  return peers.some((peer) => !ENDS.has(peer.state) && (peer.state === 'syncing' || (peer.sending ?? peer.receiving)));
}

function outcomeOf(
  { root, changes, problems }: Result<'sync'>['roots'][number],
  before: readonly RootProgress[],
  after: readonly RootProgress[],
): Outcome {
  const was = before.find((each) => each.root === root);
  const is = after.find((each) => each.root === root);
  const since = (direction: 'sent' | 'received'): Amount => {
    const [from, to] = [sumOf(was, direction), sumOf(is, direction)];
    // An agent that was started anew meanwhile counts from nothing.
    return to.files < from.files || to.bytes < from.bytes
      ? to
      : { files: to.files - from.files, bytes: to.bytes - from.bytes };
  };
  return { root, changes, problems: is?.problems ?? problems, sent: since('sent'), received: since('received') };
}

function sumOf(root: RootProgress | undefined, direction: 'sent' | 'received'): Amount {
  let [files, bytes] = [0, 0];
  for (const peer of root?.peers ?? []) {
    files += peer[direction]?.files ?? 0;
    bytes += peer[direction]?.bytes ?? 0;
  }
  return { files, bytes };
}

function cells({ root, changes, problems, sent, received }: Outcome, { colors }: Cli): string[] {
  const amount = (word: string, { files, bytes }: Amount): string =>
    files === 0 && bytes === 0 ? '' : `${word} ${formatCount(files, 'file')}, ${formatBytes(bytes)}`;
  return [
    colors.bold(root),
    formatCount(changes, 'change'),
    problems === 0 ? '' : `${formatCount(problems, 'problem')}: dsync status`,
    amount('sent', sent),
    amount('received', received),
  ];
}
