import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatMs } from '../../../platform/format.ts';
import { expectAlike, expectThere } from '../look.ts';
import { expectThat, type Trial } from '../scenario.ts';

const SAVES = 50;
const SAVE_BYTES = 2048;
const FILES = 1000;
const LARGE_BYTES = 64 << 20;
const ACK_MS = 15_000;
/** What fills a new folder is a copy and no save; what comes faster than a person saves is collected. */
const SETTLE_MS = 1200;
const PACE_MS = 40;

/** How fast it is, and what the way between the hosts could do at best. */
export async function performanceFigures(trial: Trial): Promise<void> {
  const { stage, folder, says, figure } = trial;
  const top = `${stage.here.root}/${folder}`;
  mkdirSync(`${top}/many`, { recursive: true });
  await expectAlike(trial);
  await sleep(SETTLE_MS, undefined, { signal: trial.signal });
  const latencies = (await saves(trial)).sort((a, b) => a - b);
  const p50 = latencies[Math.floor(SAVES * 0.5)] ?? 0;
  const p95 = latencies[Math.floor(SAVES * 0.95)] ?? 0;
  figure('saveToVisibleP50Ms', p50);
  figure('saveToVisibleP95Ms', p95);

  const manyMs = await timed(async () => {
    for (let i = 0; i < FILES; i++) {
      if (i % 50 === 0) mkdirSync(`${top}/many/${i / 50}`);
      writeFileSync(`${top}/many/${Math.floor(i / 50)}/${i}.txt`, randomBytes(SAVE_BYTES));
    }
    await expectThere(trial);
  });
  await expectAlike({ ...trial, folder: `${folder}/many` });
  const filesPerMinute = (FILES / manyMs) * 60_000;
  figure('filesPerMinute', filesPerMinute);

  const large = randomBytes(LARGE_BYTES);
  const largeMs = await timed(async () => {
    writeFileSync(`${top}/large.bin`, large);
    await expectThere(trial);
  });
  await expectAlike(trial);
  const megabytesPerSecond = LARGE_BYTES / 1e6 / (largeMs / 1000);
  figure('megabytesPerSecond', megabytesPerSecond);

  const bare = await stage.bareLimit(LARGE_BYTES);
  figure('bareRoundTripMs', bare.rttMs);
  figure('bareMegabytesPerSecond', bare.bytesPerSecond / 1e6);
  says(
    `save to visible: median ${formatMs(p50)}, 95 % within ${formatMs(p95)} (half a bare round trip: ${formatMs(bare.rttMs / 2)})`,
  );
  says(
    `${Math.round(filesPerMinute).toLocaleString('en-US')} files a minute, of ${SAVE_BYTES / 1024} KiB, from the first write until all are there`,
  );
  says(
    `${megabytesPerSecond.toFixed(0)} MB/s (bare: ${(bare.bytesPerSecond / 1e6).toFixed(0)} MB/s), round trip ${formatMs(bare.rttMs)}, by ${bare.by}`,
  );
}

/** Lone saves, each after the one before is there; the agent times them. */
async function saves({ stage, folder, signal }: Trial): Promise<number[]> {
  const stop = new AbortController();
  let heard: (latencyMs: number) => void = () => {};
  const { agent, rootName, here } = stage;
  const listening = agent
    .call(
      'events',
      {},
      {
        signal: AbortSignal.any([signal, stop.signal]),
        onEvent: ({ kind, root, latencyMs }) => {
          if (kind === 'acked' && root === rootName && latencyMs !== undefined) heard(latencyMs);
        },
      },
    )
    .catch(() => undefined);
  try {
    // Calls are taken in order: once this one is answered, events come.
    await agent.call('ping', {}, { signal });
    const latencies: number[] = [];
    for (let i = 0; i < SAVES; i++) {
      const acked = new Promise<number>((resolve) => {
        heard = resolve;
      });
      writeFileSync(`${here.root}/${folder}/save-${i}.txt`, randomBytes(SAVE_BYTES));
      const late = sleep(ACK_MS, undefined, { signal: AbortSignal.any([signal, stop.signal]) }).catch(() => undefined);
      const latencyMs = await Promise.race([acked, late]);
      signal.throwIfAborted();
      expectThat(latencyMs !== undefined, `A save was not acknowledged within ${ACK_MS / 1000} s`);
      latencies.push(latencyMs);
      await sleep(PACE_MS, undefined, { signal });
    }
    return latencies;
  } finally {
    stop.abort();
    await listening;
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
