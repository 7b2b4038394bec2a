/**
 * A save of 1 KiB until it is visible on the other host, while a large file is on its way.
 *
 * Measured of all that go by themselves: a run that is started for a save could not know of the one under way.
 *
 * @module
 */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPair } from '../../test/harness/pair.ts';
import { blockedRows, peakRows, resetBlocked, resetPeaks } from '../agents.ts';
import { bring, type Contender, DSYNC, startContenders } from '../contenders.ts';
import { type Context, scaled } from '../context.ts';
import { checkAlike, sizeOf, writeLarge } from '../large.ts';
import type { Row } from '../row.ts';
import { createSight } from '../sight.ts';
import { summarize } from '../stats.ts';
import { timeSave } from './save.ts';

const MIB = 1 << 20;
const PAUSE_MS = 20;
const TIMEOUT_MS = 1_200_000;

interface Line {
  readonly where: string;
  readonly rttMs: number;
  readonly bytesPerSecond?: number;
  readonly sizeMib: number;
  readonly limitMs?: number;
}

export async function saveDuringBulk(context: Context): Promise<Row[]> {
  const sizeMib = scaled(context, 2048, 64);
  const lines: Line[] = [
    { where: 'loopback', rttMs: 0, sizeMib, limitMs: 50 },
    { where: '50 ms round trip', rttMs: 50, sizeMib, limitMs: 75 },
    { where: '20 ms round trip, 2 MB/s', rttMs: 20, bytesPerSecond: 2e6, sizeMib: scaled(context, 24, 4) },
  ];
  const rows: Row[] = [];
  for (const line of lines) rows.push(...(await measureOn(line)));
  return rows;
}

async function measureOn({ where, rttMs, bytesPerSecond, sizeMib, limitMs }: Line): Promise<Row[]> {
  const workload = `save to visible during a transfer of ${sizeMib} MiB, ${where}`;
  await using pair = await startPair({ rttMs, direct: rttMs === 0 });
  await pair.inSync();
  await using contenders = await startContenders(pair, { rttMs, ...(bytesPerSecond && { bytesPerSecond }) });
  await resetPeaks(pair);
  await resetBlocked(pair);
  const rows: Row[] = [];
  for (const contender of contenders.all.filter(({ sync }) => sync === undefined)) {
    const prepared = join(pair.folder, 'prepared');
    writeLarge(prepared, sizeMib * MIB);
    const samples = await savesDuring(contender, prepared, sizeMib * MIB);
    const row = { workload, subject: contender.name, unit: 'ms' as const, samples };
    const bar = limitMs && { text: `p95 ≤ ${limitMs} ms`, met: summarize(samples).p95 <= limitMs };
    rows.push(contender.name === DSYNC && bar ? { ...row, bar } : row);
  }
  return [...rows, ...(await peakRows(pair, workload)), ...(await blockedRows(pair, workload))];
}

/** One save after the other, from the moment that the large file is there until the other side has it. */
async function savesDuring(contender: Contender, prepared: string, sizeBytes: number): Promise<number[]> {
  const { from, to } = contender;
  const [saves, here, there] = [join(from, 'saves'), join(from, 'bulk'), join(to, 'bulk')];
  await bring(
    contender,
    () => mkdirSync(saves),
    () => existsSync(join(to, 'saves')),
  );
  using sight = createSight(join(to, 'saves'), { timeoutMs: TIMEOUT_MS });
  await timeSave(saves, sight);
  const samples: number[] = [];
  renameSync(prepared, here);
  do {
    samples.push(await timeSave(saves, sight));
    await sleep(PAUSE_MS);
  } while (sizeOf(there) < sizeBytes);
  checkAlike(here, there);
  contender.tidy();
  return samples;
}
