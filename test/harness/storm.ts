/**
 * Users at work on all hosts while agents are killed and the link breaks, all by chance; then quiet, and the oracle.
 *
 * @module
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLine } from './command.ts';
import { eventually } from './eventually.ts';
import type { TestHost } from './host.ts';
import { judge, type Verdict } from './oracle.ts';
import { createRandom, type Random } from './random.ts';
import { diffTrees, readTree } from './tree.ts';
import { createWriter, type Writer } from './writer.ts';

/** Hosts in one network. */
export interface Hosts {
  readonly hosts: readonly [TestHost, ...TestHost[]];
  /** Those whose agents no link starts again. */
  readonly diallers: readonly TestHost[];
  /** A folder beside the roots, on their filesystem. */
  readonly folder: string;
  /** Breaks what links are up. */
  readonly cut: () => void;
}

export interface StormOptions {
  readonly seed: number;
  /** How many kill -9, together on all hosts. */
  readonly kills: number;
  /** How likely a round is to break the links besides. */
  readonly cutChance?: number;
  readonly onKill?: (done: number) => void;
}

const QUIET_MS = 30_000;

export async function storm(net: Hosts, options: StormOptions): Promise<Verdict> {
  const { seed, kills, cutChance = 0.15, onKill } = options;
  const random = createRandom(seed);
  const writers = net.hosts.map((host, i) =>
    createWriter({
      host: host.name,
      root: host.root,
      bin: join(net.folder, `bin-${host.name}`),
      random: createRandom(seed + 1 + i),
    }),
  );
  for (let done = 0; done < kills; ) {
    await work(writers, random);
    if (random.chance(cutChance)) net.cut();
    if (random.chance(0.1)) await calm(net);
    await killOne(net, random);
    done++;
    onKill?.(done);
  }
  await calm(net);
  await rest(net);
  return judge(writers);
}

/** A burst of steps on all hosts, some with pauses in between, so that every stage of a sync is met. */
async function work(writers: readonly Writer[], random: Random): Promise<void> {
  for (let step = random.int(40); step >= 0; step--) {
    for (const writer of writers) if (random.chance(0.7)) writer.step();
    if (random.chance(0.3)) await sleep(random.int(30));
  }
}

/** Those that are no diallers are started again by a link. */
async function killOne({ hosts, diallers }: Hosts, random: Random): Promise<void> {
  const victim = random.pick(hosts);
  await victim.kill();
  if (diallers.includes(victim)) await victim.start();
}

/** All hosts agree, and none has anything left to do. */
async function calm({ hosts }: Hosts): Promise<void> {
  await eventually(
    async () => {
      // What is held would stay apart; it is a user's own work that is let through.
      for (const host of hosts) await host.call('approve', {});
      for (const host of hosts.slice(0, -1)) await host.synced(10_000);
      const difference = differenceOf(hosts);
      if (difference !== undefined) throw new Error(`In sync, they say, and yet the hosts differ:\n${difference}`);
    },
    { timeoutMs: QUIET_MS },
  );
}

export function differenceOf(hosts: readonly TestHost[]): string | undefined {
  const [first, ...others] = hosts.map(({ root }) => readTree(root, { conflictCopies: true }));
  for (const other of others) {
    const difference = first && diffTrees(first, other);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** @throws where quiet hosts still find something to do: a whole scan on each changes nothing */
async function rest(net: Hosts): Promise<void> {
  const look = () => net.hosts.map(({ root }) => readTree(root, { conflictCopies: true }));
  const before = look();
  for (const host of net.hosts) {
    const { roots } = JSON.parse(lastLine(await host.dsync('sync', '--no-wait', '--json')));
    if (roots[0]?.changes !== 0) throw new Error(`A scan of the quiet root on ${host.name} found changes`);
  }
  await calm(net);
  for (const [i, tree] of look().entries()) {
    const difference = diffTrees(before[i] ?? new Map(), tree);
    if (difference !== undefined) throw new Error(`A quiet root changed by itself:\n${difference}`);
  }
  for (const host of net.diallers) {
    const { code, stdout } = await host.run('verify');
    if (code !== 0) throw new Error(`The hosts are not equal:\n${stdout}`);
  }
}
