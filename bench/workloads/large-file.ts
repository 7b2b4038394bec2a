/**
 * Large files: a new one, one byte changed in place, one replaced by another, an append to a log.
 *
 * First with nothing between the hosts, which says how long it takes; then through the proxy, which counts the bytes.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Pair, startPair } from '../../test/harness/pair.ts';
import { blockedRows, peakRows, resetBlocked, resetPeaks } from '../agents.ts';
import { type Brought, bring, type Contender, startContenders } from '../contenders.ts';
import { type Context, scaled } from '../context.ts';
import { appendTo, byteOf, changeByte, checkAlike, sizeOf, writeLarge } from '../large.ts';
import type { Row } from '../row.ts';
import { type Bars, createTally } from '../tally.ts';

const MIB = 1 << 20;
const APPENDED_BYTES = MIB;
const FAR_RTT_MS = 20;

const NEW_BARS: Bars = { seconds: { text: '≤ 1× rsync', isMet: (ours, rsync) => ours <= rsync } };
const BYTE_BARS: Bars = {
  seconds: { text: '≤ 1.2× rsync', isMet: (ours, rsync) => ours <= 1.2 * rsync },
  wire: { text: '≤ 200 KB', isMet: (bytes) => bytes <= 200_000 },
};
const APPEND_BARS: Bars = {
  wire: { text: '≤ the append + 200 KB', isMet: (bytes) => bytes <= APPENDED_BYTES + 200_000 },
};

export async function largeFile(context: Context): Promise<Row[]> {
  return [...(await measureAt(0, context)), ...(await measureAt(FAR_RTT_MS, context))];
}

async function measureAt(rttMs: number, context: Context): Promise<Row[]> {
  const where = rttMs === 0 ? 'loopback' : `${rttMs} ms round trip`;
  await using pair = await startPair({ rttMs, direct: rttMs === 0 });
  await pair.inSync();
  await using contenders = await startContenders(pair, { rttMs });
  const measured = { pair, all: contenders.all, context, where, wire: rttMs > 0 };
  return [...(await newAndChanged(measured)), ...(await replaced(measured)), ...(await appended(measured))];
}

interface Measured {
  readonly pair: Pair;
  readonly all: readonly Contender[];
  readonly context: Context;
  readonly where: string;
  /** Whether all that goes between the hosts is counted. */
  readonly wire: boolean;
}

async function newAndChanged({ pair, all, context, where, wire }: Measured): Promise<Row[]> {
  const sizeMib = scaled(context, 256, 16);
  const sizeBytes = sizeMib * MIB;
  const name = `new file of ${sizeMib} MiB, ${where}`;
  const fresh = createTally(name);
  const changed = createTally(`1 byte changed in ${sizeMib} MiB in place, ${where}`);
  await reset(pair);
  for (let run = 0; run < scaled(context, 3, 1); run++) {
    for (const contender of all) {
      const { from, to } = contender;
      const [here, there] = [join(from, `large-${run}`), join(to, `large-${run}`)];
      const prepared = prepare(pair, sizeBytes);
      fresh.add(
        contender.name,
        await bring(
          contender,
          () => renameSync(prepared, here),
          () => sizeOf(there) === sizeBytes,
        ),
      );
      checkAlike(here, there);
      const at = Math.floor(sizeBytes / 2) + run;
      changed.add(
        contender.name,
        await bring(
          contender,
          () => changeByte(here, at),
          () => byteOf(there, at) === byteOf(here, at),
        ),
      );
      checkAlike(here, there);
      await remove(contender, here, there);
    }
  }
  return [
    ...fresh.rows(NEW_BARS, { wire }),
    ...changed.rows(BYTE_BARS, { wire }),
    ...(await peakRows(pair, name)),
    ...(await blockedRows(pair, name)),
  ];
}

/** As a build or an export makes it: all of it is new, and only its name was there before. */
async function replaced({ pair, all, context, where, wire }: Measured): Promise<Row[]> {
  const sizeMib = scaled(context, 64, 16);
  const sizeBytes = sizeMib * MIB;
  const name = `${sizeMib} MiB replaced by other content, ${where}`;
  const tally = createTally(name);
  await reset(pair);
  for (const contender of all) {
    const [here, there] = [join(contender.from, 'replaced'), join(contender.to, 'replaced')];
    const places = [0, Math.floor(sizeBytes / 2), sizeBytes - 1];
    const bringAnother = (): Promise<Brought> => {
      const prepared = prepare(pair, sizeBytes);
      return bring(
        contender,
        () => renameSync(prepared, here),
        () => places.every((at) => byteOf(there, at) === byteOf(here, at)),
      );
    };
    await bringAnother();
    for (let run = 0; run < scaled(context, 3, 1); run++) {
      contender.tidy();
      tally.add(contender.name, await bringAnother());
      checkAlike(here, there);
    }
    await remove(contender, here, there);
  }
  return [...tally.rows(NEW_BARS, { wire }), ...(await peakRows(pair, name)), ...(await blockedRows(pair, name))];
}

/** One contender after the other: so many logs at one time would be more than most machines hold in memory. */
async function appended({ pair, all, context, where, wire }: Measured): Promise<Row[]> {
  const sizeMib = scaled(context, 2048, 64);
  const name = `append of 1 MiB to a log of ${sizeMib} MiB, ${where}`;
  const tally = createTally(name);
  await reset(pair);
  for (const contender of all) {
    const [here, there] = [join(contender.from, 'log'), join(contender.to, 'log')];
    const prepared = prepare(pair, sizeMib * MIB);
    await bring(
      contender,
      () => renameSync(prepared, here),
      () => sizeOf(there) === sizeMib * MIB,
    );
    for (let run = 1; run <= scaled(context, 3, 1); run++) {
      contender.tidy();
      const grown = sizeMib * MIB + run * APPENDED_BYTES;
      const bytes = randomBytes(APPENDED_BYTES);
      tally.add(
        contender.name,
        await bring(
          contender,
          () => appendTo(here, bytes),
          () => sizeOf(there) === grown,
        ),
      );
    }
    checkAlike(here, there);
    await remove(contender, here, there);
  }
  return [...tally.rows(APPEND_BARS, { wire }), ...(await peakRows(pair, name)), ...(await blockedRows(pair, name))];
}

/** Lies beside the roots, so that it comes into one by a rename, whole. */
function prepare({ folder }: Pair, sizeBytes: number): string {
  const path = join(folder, 'prepared');
  writeLarge(path, sizeBytes);
  return path;
}

async function remove(contender: Contender, here: string, there: string): Promise<void> {
  await bring(
    contender,
    () => rmSync(here),
    () => sizeOf(there) === 0,
  );
  contender.tidy();
}

async function reset(pair: Pair): Promise<void> {
  await resetPeaks(pair);
  await resetBlocked(pair);
}
