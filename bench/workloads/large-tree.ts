/**
 * A tree of 50,000 files: its first sync, the agent's start on it, and what the agents use while nothing happens. The
 * first sync of fewer and larger files beside it.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../test/harness/eventually.ts';
import { type Pair, startPair } from '../../test/harness/pair.ts';
import { blockedRows, cpuSeconds, peakRows, resetBlocked, rssMegabytes } from '../agents.ts';
import { type Context, scaled } from '../context.ts';
import { checkFiles, countFiles, type TreeShape, writeFiles } from '../files.ts';
import { isInstalled, peersOf } from '../peers.ts';
import type { Row } from '../row.ts';
import { createSight } from '../sight.ts';
import { summarize } from '../stats.ts';
import { startSyncthing } from '../syncthing.ts';

const BYTES_PER_FILE = 8_000;
const IDLE_MS = 20_000;
/** What the work before it left behind is dealt with by then, and nobody watches the event loop any more. */
const SETTLE_MS = 65_000;
const WATCH_MS = 5_000;
const TIMEOUT_MS = 600_000;
const FAR_RTTS_MS = [20, 50];

export async function largeTree(context: Context): Promise<Row[]> {
  const shape = shapeOf(context);
  await using pair = await startPair({ direct: true, linked: false, prepare: ({ a }) => writeFiles(a, shape) });
  return [
    ...(await firstSync(pair, shape, 0)),
    ...(await agentStart(pair, shape, context)),
    ...(await idle(pair, shape)),
  ];
}

/** The first sync alone, over links that are not so near. */
export async function firstSyncFar(context: Context): Promise<Row[]> {
  const rows: Row[] = [];
  for (const rttMs of FAR_RTTS_MS) {
    const shape = shapeOf(context);
    await using pair = await startPair({ rttMs, linked: false, prepare: ({ a }) => writeFiles(a, shape) });
    rows.push(...(await firstSync(pair, shape, rttMs)));
  }
  return rows;
}

/** Files of some megabytes each, as a camera makes them: large for the agents, and many. */
export async function firstSyncLarge(context: Context): Promise<Row[]> {
  const shape = { files: scaled(context, 300, 30), folders: 20, bytesPerFile: 3_000_000 };
  await using pair = await startPair({ direct: true, linked: false, prepare: ({ a }) => writeFiles(a, shape) });
  return await firstSync(pair, shape, 0);
}

function shapeOf(context: Context): TreeShape {
  return {
    files: scaled(context, 50_000, 2_000),
    folders: scaled(context, 8_400, 400),
    bytesPerFile: BYTES_PER_FILE,
  };
}

async function firstSync(pair: Pair, shape: TreeShape, rttMs: number): Promise<Row[]> {
  const where = rttMs === 0 ? '' : `, ${rttMs} ms round trip`;
  const workload = `first sync of ${shape.files} files, ${Math.round((shape.files * shape.bytesPerFile) / 1e6)} MB${where}`;
  const [rsync, ...others] = peersOf(pair);
  const bySubject = new Map<string, number[]>();
  const timed = async (subject: string, work: () => Promise<void>): Promise<void> => {
    const startMs = performance.now();
    await work();
    bySubject.set(subject, [...(bySubject.get(subject) ?? []), (performance.now() - startMs) / 1000]);
  };
  let folders = 0;
  // Nothing is removed between the runs: ext4 does not use an inode again for 5 s after it was freed, and looks at each
  // of them when the next file is made.
  const toEmptyFolder = async (work: (to: string) => Promise<void>): Promise<void> => {
    const to = join(pair.folder, `peer-to-${++folders}`);
    mkdirSync(to);
    await work(to);
  };
  const runRsync = () => toEmptyFolder((to) => timed('rsync -a', async () => rsync?.sync(pair.a.root, to)));
  await runRsync();
  await pair.a.dsync('host', 'add', 'B', '--accept-new');
  await pair.a.dsync('root', 'add', pair.a.root, '--host', `B:${pair.b.root}`);
  await timed('dsync', async () => {
    await pair.a.start();
    await pair.a.dsync('wait', '--timeout', '600');
  });
  checkFiles(pair.b.root, shape);
  const agents = [...(await blockedRows(pair, workload)), ...(await peakRows(pair, workload))];
  await runRsync();
  for (const peer of others) await toEmptyFolder((to) => timed(peer.name, () => peer.sync(pair.a.root, to)));
  if (isInstalled('syncthing')) {
    const { name, seconds } = await firstSyncthing(pair.folder, shape, rttMs);
    bySubject.set(name, [seconds]);
  }
  const reference = bySubject.get('rsync -a') ?? [];
  const rows = [...bySubject].map(([subject, samples]): Row => {
    const row = { workload, subject, unit: 's' as const, samples };
    if (subject !== 'dsync') return row;
    const met = summarize(samples).p50 <= summarize(reference).p50;
    return { ...row, reference, bar: { text: '≤ 1× rsync', met } };
  });
  return [...rows, ...agents];
}

/** From the start of both daemons, as with the agents. */
async function firstSyncthing(place: string, shape: TreeShape, rttMs: number) {
  await using syncthing = await startSyncthing(place, { rttMs, prepare: (from) => writeFiles(from, shape) });
  const { name, to, startedMs } = syncthing;
  const options = { timeoutMs: TIMEOUT_MS };
  await until('all are there', () => countFiles(to, shape) === shape.files, options);
  const seconds = (performance.now() - startedMs) / 1000;
  await until('they are what was written', () => isAsWritten(to, shape), options);
  return { name, seconds };
}

function isAsWritten(root: string, shape: TreeShape): boolean {
  checkFiles(root, shape);
  return true;
}

async function agentStart(pair: Pair, shape: TreeShape, context: Context): Promise<Row[]> {
  const workload = `agent start on ${shape.files} files until a fresh save arrived`;
  mkdirSync(pair.a.path('saves'), { recursive: true });
  using onB = createSight(pair.b.path('saves'), { timeoutMs: TIMEOUT_MS });
  await pair.a.dsync('wait', '--timeout', '600');
  await resetBlocked(pair);
  const samples: number[] = [];
  for (let run = 0; run < scaled(context, 5, 2); run++) {
    await pair.a.dsync('stop');
    let started = Promise.resolve();
    const content = `fresh ${run}`;
    const tookMs = await onB.timeTo('file', content, () => {
      started = pair.a.start();
      writeFileSync(pair.a.path('saves/file'), content);
    });
    samples.push(tookMs / 1000);
    await started;
    await pair.a.dsync('wait', '--timeout', '600');
  }
  const bar = { text: '≤ 1.2 s', met: summarize(samples).p50 <= 1.2 };
  return [{ workload, subject: 'dsync', unit: 's', samples, bar }, ...(await blockedRows(pair, workload))];
}

async function idle(pair: Pair, shape: TreeShape): Promise<Row[]> {
  const workload = `idle with ${shape.files} files, ${IDLE_MS / 1000} s`;
  await pair.inSync();
  await sleep(SETTLE_MS);
  const pids = await Promise.all([pair.a, pair.b].map(async (host) => (await host.pid()) ?? 0));
  const before = pids.map(cpuSeconds);
  // What is measured is the time itself.
  await sleep(IDLE_MS);
  const percent = pids.map((pid, i) => ((cpuSeconds(pid) - (before[i] ?? 0)) / (IDLE_MS / 1000)) * 100);
  const megabytes = pids.map(rssMegabytes);
  const subject = 'dsync a, b';
  await resetBlocked(pair);
  await sleep(WATCH_MS);
  return [
    {
      workload: `${workload}: processor`,
      subject,
      unit: '%',
      samples: percent,
      bar: { text: '≤ 0.3 % of a core', met: Math.max(...percent) <= 0.3 },
    },
    {
      workload: `${workload}: memory`,
      subject,
      unit: 'MB',
      samples: megabytes,
      bar: { text: '≤ 100 MB', met: Math.max(...megabytes) <= 100 },
    },
    ...(await blockedRows(pair, workload)),
  ];
}
