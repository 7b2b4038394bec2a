/**
 * A save of 1 KiB until it is visible on the other host, in a tree of 2,000 files.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPair } from '../../test/harness/pair.ts';
import { blockedRows, resetBlocked } from '../agents.ts';
import { type Context, scaled } from '../context.ts';
import { writeFiles } from '../files.ts';
import { startLimit } from '../limit/limit.ts';
import { type LivePeer, peersOf, startLsyncd } from '../peers.ts';
import type { Bar, Row } from '../row.ts';
import { createSight, type Sight } from '../sight.ts';
import { summarize } from '../stats.ts';

const SHAPE = { files: 2_000, folders: 100, bytesPerFile: 2_000 };
const WARM_UP = 5;
/** Between saves, so that none runs into another. */
const PAUSE_MS = 40;
const PEER_SAMPLES = 10;
const FILES_IN_TURN = 64;

export async function saveNear(context: Context): Promise<Row[]> {
  return measureSaves('save to visible, loopback', 0, context, (dsync, limit) => {
    const [ours, bare] = [summarize(dsync), summarize(limit)];
    return {
      text: 'p50 ≤ 3× limit, p95 ≤ limit + 15 ms',
      met: ours.p50 <= 3 * bare.p50 && ours.p95 <= bare.p95 + 15,
    };
  });
}

export async function saveFar(context: Context): Promise<Row[]> {
  return measureSaves('save to visible, 50 ms round trip', 50, context, (dsync) => ({
    text: 'p50 ≤ 31 ms',
    met: summarize(dsync).p50 <= 31,
  }));
}

async function measureSaves(
  workload: string,
  rttMs: number,
  context: Context,
  bar: (dsync: readonly number[], limit: readonly number[]) => Bar,
): Promise<Row[]> {
  await using pair = await startPair({ rttMs, direct: rttMs === 0, prepare: ({ a }) => writeFiles(a, SHAPE) });
  await pair.inSync();
  await using limit = await startLimit({ rttMs });
  for (const host of [pair.a, pair.b]) mkdirSync(host.path('saves'), { recursive: true });
  await pair.inSync();
  using onA = createSight(pair.a.path('saves'));
  using onB = createSight(pair.b.path('saves'));
  using atLimit = createSight(limit.to);
  await resetBlocked(pair);
  const samples = { toB: [] as number[], toA: [] as number[], limit: [] as number[] };
  const routes = [
    [samples.toB, pair.a.path('saves'), onB],
    [samples.limit, limit.from, atLimit],
    [samples.toA, pair.b.path('saves'), onA],
    [samples.limit, limit.from, atLimit],
  ] as const;
  for (let i = -WARM_UP; i < scaled(context, 200, 30); i++) {
    for (const [list, from, sight] of routes) {
      const tookMs = await timeSave(from, sight);
      if (i >= 0) list.push(tookMs);
      await sleep(PAUSE_MS);
    }
  }
  const blocked = await blockedRows(pair, workload);
  const reference = samples.limit;
  const row = (subject: string, list: readonly number[]): Row => {
    return { workload, subject, unit: 'ms', samples: list, reference, bar: bar(list, samples.limit) };
  };
  const rows: Row[] = [
    { workload, subject: 'bare limit', unit: 'ms', samples: samples.limit },
    row('dsync, dialling host to dialled', samples.toB),
    row('dsync, dialled host to dialling', samples.toA),
  ];
  for (const { name, sync } of peersOf(pair)) {
    const [from, to] = [join(pair.folder, 'peer-from'), join(pair.folder, 'peer-to')];
    mkdirSync(from, { recursive: true });
    using sight = createSight(to);
    const list: number[] = [];
    for (let i = 0; i < PEER_SAMPLES; i++) {
      let run = Promise.resolve();
      list.push(
        await timeSave(from, sight, () => {
          run = sync(from, to);
        }),
      );
      await run;
    }
    rows.push({ workload, subject: `${name}, run at each save`, unit: 'ms', samples: list, reference });
  }
  await using lsyncd = startLsyncd(pair);
  if (lsyncd !== undefined) rows.push(await measureLive(workload, lsyncd, reference));
  return [...rows, ...blocked];
}

async function measureLive(workload: string, peer: LivePeer, reference: readonly number[]): Promise<Row> {
  using sight = createSight(peer.to);
  const samples: number[] = [];
  for (let i = -1; i < PEER_SAMPLES; i++) {
    const tookMs = await timeSave(peer.from, sight);
    if (i >= 0) samples.push(tookMs);
  }
  return { workload, subject: peer.name, unit: 'ms', samples, reference };
}

let saves = 0;

/** Saves go round some files, so that each is a lone one for its path, as a person's are. */
export function timeSave(from: string, sight: Sight, then: () => void = () => {}): Promise<number> {
  const name = `file-${++saves % FILES_IN_TURN}`;
  // Of ever other size: rsync takes two saves of one size within one second for the same.
  const content = `save ${saves} `.padEnd(1024 + (saves % 16), '.');
  return sight.timeTo(name, content, () => {
    writeFileSync(join(from, name), content);
    then();
  });
}
