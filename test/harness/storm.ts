/**
 * Two users at work on two hosts while agents are killed and the link breaks, all by chance; then quiet, and the oracle.
 *
 * @module
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLine } from './command.ts';
import { eventually } from './eventually.ts';
import { judge, type Verdict } from './oracle.ts';
import type { Pair } from './pair.ts';
import { createRandom, type Random } from './random.ts';
import { diffTrees, readTree } from './tree.ts';
import { createWriter, type Writer } from './writer.ts';

export interface StormOptions {
  readonly seed: number;
  /** How many kill -9, together on both hosts. */
  readonly kills: number;
  /** How likely a round is to break the link besides. */
  readonly cutChance?: number;
  readonly onKill?: (done: number) => void;
}

const QUIET_MS = 30_000;

export async function storm(pair: Pair, options: StormOptions): Promise<Verdict> {
  const { seed, kills, cutChance = 0.15, onKill } = options;
  const random = createRandom(seed);
  const writers = [pair.a, pair.b].map((host, i) =>
    createWriter({
      host: host.name,
      root: host.root,
      bin: join(pair.folder, `bin-${host.name}`),
      random: createRandom(seed + 1 + i),
    }),
  );
  for (let done = 0; done < kills; ) {
    await work(writers, random);
    if (random.chance(cutChance)) pair.proxy.reset();
    if (random.chance(0.1)) await calm(pair);
    await killOne(pair, random);
    done++;
    onKill?.(done);
  }
  await calm(pair);
  await rest(pair);
  return judge(writers);
}

/** A burst of steps on both hosts, some with pauses in between, so that every stage of a sync is met. */
async function work(writers: readonly Writer[], random: Random): Promise<void> {
  for (let step = random.int(40); step >= 0; step--) {
    for (const writer of writers) if (random.chance(0.7)) writer.step();
    if (random.chance(0.3)) await sleep(random.int(30));
  }
}

/** The other host's agent is started again by the link. */
async function killOne({ a, b }: Pair, random: Random): Promise<void> {
  const victim = random.pick([a, b]);
  await victim.kill();
  if (victim === a) await a.start();
}

/** Both hosts agree, and neither has anything left to do. */
async function calm(pair: Pair): Promise<void> {
  await eventually(
    async () => {
      // What is held would stay apart; it is a user's own work that is let through.
      await pair.a.run('approve', '--yes');
      await pair.b.run('approve', '--yes');
      await pair.a.dsync('wait', '--timeout', '10');
      const [a, b] = [pair.a, pair.b].map(({ root }) => readTree(root, { conflictCopies: true }));
      const difference = a && b && diffTrees(a, b);
      if (difference !== undefined) throw new Error(`In sync, they say, and yet the hosts differ:\n${difference}`);
    },
    { timeoutMs: QUIET_MS },
  );
}

/** @throws where a quiet pair still finds something to do: a whole scan on both sides changes nothing */
async function rest(pair: Pair): Promise<void> {
  const look = () => [pair.a, pair.b].map(({ root }) => readTree(root, { conflictCopies: true }));
  const before = look();
  for (const host of [pair.a, pair.b]) {
    const { roots } = JSON.parse(lastLine(await host.dsync('sync', '--no-wait', '--json')));
    if (roots[0]?.changes !== 0) throw new Error(`A scan of the quiet root on ${host.name} found changes`);
  }
  await calm(pair);
  for (const [i, tree] of look().entries()) {
    const difference = diffTrees(before[i] ?? new Map(), tree);
    if (difference !== undefined) throw new Error(`A quiet root changed by itself:\n${difference}`);
  }
  const { code, stdout } = await pair.a.run('verify');
  if (code !== 0) throw new Error(`The hosts are not equal:\n${stdout}`);
}
