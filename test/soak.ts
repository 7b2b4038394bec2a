/**
 * `npm run soak [-- KILLS]`: thousands of kill -9 under load against the oracle, on two hosts and three, one round after another, and a
 * sparse file of 5 GiB. Ends with 1 at the first fault, whose seed it has printed.
 *
 * @module
 */
import { closeSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import { until } from './harness/eventually.ts';
import { startPair } from './harness/pair.ts';
import { seedOfRun } from './harness/random.ts';
import { storm } from './harness/storm.ts';
import { startTrio } from './harness/trio.ts';

const KILLS = Number(process.argv[2] ?? process.env.DSYNC_KILLS ?? 2000);
const KILLS_PER_ROUND = 50;
const LARGE_BYTES = 5 * 1024 ** 3;
const LARGE_MS = 900_000;

/** Two hosts, near and far, and three, in a row and each linked to each. */
const NETWORKS = [
  () => startPair(),
  () => startPair({ rttMs: 20 }),
  () => startTrio({ mesh: false }),
  () => startTrio({ mesh: true }),
] as const;

async function soakKills(seed: number, kills: number): Promise<boolean> {
  await using hosts = await (NETWORKS[seed % NETWORKS.length] ?? NETWORKS[0])();
  try {
    const { faults, counts, needlessConflicts } = await storm(hosts, { seed, kills });
    console.log(`seed ${seed}:`, JSON.stringify(counts), `needless conflicts: ${needlessConflicts.length}`);
    if (faults.length === 0) return true;
    console.error(faults.join('\n'));
  } catch (error) {
    console.error(error);
  }
  console.error(`Failed with DSYNC_SEED=${seed}\n${hosts.logTails()}`);
  return false;
}

async function soakLargeFile(): Promise<boolean> {
  await using pair = await startPair();
  const fd = openSync(pair.a.path('large'), 'w');
  ftruncateSync(fd, LARGE_BYTES);
  writeSync(fd, 'start', 0);
  writeSync(fd, 'end', LARGE_BYTES - 3);
  closeSync(fd);
  const isThere = () => statSync(pair.b.path('large'), { throwIfNoEntry: false })?.size === LARGE_BYTES;
  try {
    await until('the large file is there', isThere, { timeoutMs: LARGE_MS });
    await pair.a.dsync('wait', '--timeout', '600');
    await pair.a.dsync('verify');
    console.log('a file of 5 GiB arrived whole');
    return true;
  } catch (error) {
    console.error(error, pair.logTails());
    return false;
  }
}

const first = seedOfRun();
let ok = true;
for (let done = 0; ok && done < KILLS; done += KILLS_PER_ROUND) {
  ok = await soakKills(first + done / KILLS_PER_ROUND, Math.min(KILLS_PER_ROUND, KILLS - done));
  console.log(`${Math.min(done + KILLS_PER_ROUND, KILLS)} of ${KILLS} kills`);
}
ok &&= await soakLargeFile();
process.exitCode = ok ? 0 : 1;
