import { expect, test } from 'vitest';
import { testPair } from './harness/e2e.ts';
import { seedOfRun } from './harness/random.ts';
import { storm } from './harness/storm.ts';

const KILLS = Number(process.env.DSYNC_KILLS ?? 90);
/** Generous: on a busy machine, a kill and all that follows takes about a second. */
const MS_PER_KILL = 6_000;

// Several pairs rather than one: a fault is then found within a history that a person can still read.
const ROUNDS = 3;
const SEED = seedOfRun();

test.each(Array.from({ length: ROUNDS }, (_, round) => SEED + round))(
  'no save is lost while agents are killed -9 under load (seed %i)',
  async (seed) => {
    await using pair = await testPair();
    const verdict = await storm(pair, { seed, kills: Math.ceil(KILLS / ROUNDS) });
    console.info(`seed ${seed}:`, verdict.counts, 'needless conflicts:', verdict.needlessConflicts.length);
    expect(verdict.faults).toEqual([]);
  },
  60_000 + (KILLS * MS_PER_KILL) / ROUNDS,
);
