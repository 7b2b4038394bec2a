/**
 * Many files at once: how long they take, and what becomes of a save meanwhile.
 *
 * @module
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../test/harness/eventually.ts';
import { startPair } from '../../test/harness/pair.ts';
import { folder } from '../../test/harness/tree.ts';
import { blockedRows, resetBlocked } from '../agents.ts';
import { type Context, scaled } from '../context.ts';
import { checkFiles, countFiles, writeFilesApart } from '../files.ts';
import { peersOf } from '../peers.ts';
import type { Row } from '../row.ts';
import { createSight } from '../sight.ts';
import { summarize } from '../stats.ts';
import { timeSave } from './save.ts';

const PAUSE_MS = 20;
const TIMEOUT_MS = 300_000;

export async function saveDuringBurst(context: Context): Promise<Row[]> {
  const files = scaled(context, 20_000, 2_000);
  const workload = `save to visible during a burst of ${files} files`;
  const shape = { files, folders: 200, bytesPerFile: 1024 };
  await using pair = await startPair({ direct: true, files: { a: { saves: folder() } } });
  await pair.inSync();
  using onB = createSight(pair.b.path('saves'));
  await resetBlocked(pair);
  let written = false;
  const writing = writeFilesApart(pair.a.path('burst'), shape).then(() => {
    written = true;
  });
  const samples: number[] = [];
  while (!written || countFiles(pair.b.path('burst'), shape) < files) {
    samples.push(await timeSave(pair.a.path('saves'), onB));
    await sleep(PAUSE_MS);
  }
  await writing;
  checkFiles(pair.b.path('burst'), shape);
  const bar = { text: 'p95 ≤ 100 ms', met: summarize(samples).p95 <= 100 };
  return [{ workload, subject: 'dsync', unit: 'ms', samples, bar }, ...(await blockedRows(pair, workload))];
}

export async function burst(context: Context): Promise<Row[]> {
  const files = scaled(context, 10_000, 1_000);
  const workload = `${files} new files of 1 KiB: last write until all are there`;
  const shape = { files, folders: 100, bytesPerFile: 1024 };
  await using pair = await startPair({ direct: true });
  await pair.inSync();
  await resetBlocked(pair);
  const peers = peersOf(pair);
  const samples = new Map<string, number[]>();
  const add = (name: string, sinceNs: bigint): void => {
    const seconds = Number(process.hrtime.bigint() - sinceNs) / 1e9;
    samples.set(name, [...(samples.get(name) ?? []), seconds]);
  };
  for (let run = 0; run < scaled(context, 3, 1); run++) {
    const name = `burst-${run}`;
    const lastNs = await writeFilesApart(pair.a.path(name), shape);
    await until('all are there', () => countFiles(pair.b.path(name), shape) === files, { timeoutMs: TIMEOUT_MS });
    add('dsync', lastNs);
    checkFiles(pair.b.path(name), shape);
    await pair.inSync();
    for (const peer of peers) {
      const [from, to] = [join(pair.folder, `from ${peer.name} ${run}`), join(pair.folder, `to ${peer.name} ${run}`)];
      for (const folder of [from, to]) mkdirSync(folder);
      const writtenNs = await writeFilesApart(from, shape);
      await peer.sync(from, to);
      add(peer.name, writtenNs);
    }
  }
  const ours = samples.get('dsync') ?? [];
  const reference = samples.get('rsync -a') ?? [];
  const bar = { text: '≤ 2.5 s', met: summarize(ours).p50 <= 2.5 };
  return [
    { workload, subject: 'dsync', unit: 's', samples: ours, reference, bar },
    ...peers.map(
      ({ name }): Row => ({ workload, subject: `${name}, run after it`, unit: 's', samples: samples.get(name) ?? [] }),
    ),
    ...(await blockedRows(pair, workload)),
  ];
}
