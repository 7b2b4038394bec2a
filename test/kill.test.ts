import { expect, test } from 'vitest';
import { testPair, testTrio } from './harness/e2e.ts';
import { seedOfRun } from './harness/random.ts';
import { storm } from './harness/storm.ts';

const KILLS = Number(process.env.DSYNC_KILLS ?? 68);
/** Generous: on a busy machine, a kill and all that follows takes about a second. */
const MS_PER_KILL = 6_000;
const SEED = seedOfRun();

// Several rounds rather than one: a fault is then found within a history that a person can still read.
const ROUNDS = [
  { seed: SEED, hosts: 'two hosts', start: testPair },
  { seed: SEED + 1, hosts: 'two hosts', start: testPair },
  // The third gets what the second saves through the first, or straight.
  { seed: SEED + 2, hosts: 'three in a row', start: () => testTrio({ mesh: false }) },
  { seed: SEED + 3, hosts: 'three, each linked to each', start: () => testTrio({ mesh: true }) },
] as const;

test.each(ROUNDS)(
  'no save is lost while agents are killed -9 under load: $hosts (seed $seed)',
  async ({ seed, start }) => {
    await using hosts = await start();
    const verdict = await storm(hosts, { seed, kills: Math.ceil(KILLS / ROUNDS.length) });
    console.info(`seed ${seed}:`, verdict.counts, 'needless conflicts:', verdict.needlessConflicts.length);
    expect(verdict.faults).toEqual([]);
  },
  90_000 + (KILLS * MS_PER_KILL) / ROUNDS.length,
);
