/**
 * What the system and the agents themselves say of their use.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Pair } from '../test/harness/pair.ts';
import type { Row } from './row.ts';

const LONGEST_BLOCK_MS = 100;
const LARGEST_PEAK_MB = 150;
/** USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export function cpuSeconds(pid: number): number {
  if (process.platform !== 'linux') return psCpuSeconds(pid);
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

export function rssMegabytes(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

/**
 * The most memory that each agent has had at one time since {@link resetPeaks}, or since it was started.
 * Source: proc(5), `VmHWM` and `clear_refs`.
 */
export async function peakRows(pair: Pair, workload: string): Promise<Row[]> {
  const samples = (await pidsOf(pair)).map(peakMegabytes);
  const bar = { text: `≤ ${LARGEST_PEAK_MB} MB`, met: Math.max(...samples) <= LARGEST_PEAK_MB };
  return [{ workload: `${workload}: peak memory`, subject: 'dsync a, b', unit: 'MB', samples, bar }];
}

/** Peaks are counted from here on. */
export async function resetPeaks(pair: Pair): Promise<void> {
  for (const pid of await pidsOf(pair)) {
    // 5 sets the peak back to what is resident. Where that is not allowed, the peak is that since the start.
    if (process.platform === 'linux') tryWrite(`/proc/${pid}/clear_refs`, '5');
  }
}

function peakMegabytes(pid: number): number {
  if (process.platform !== 'linux') return rssMegabytes(pid);
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error(`/proc/${pid}/status does not say VmHWM`);
  return Number(kilobytes) / 1024;
}

async function pidsOf(pair: Pair): Promise<number[]> {
  const pids = await Promise.all([pair.a, pair.b].map((host) => host.pid()));
  return pids.flatMap((pid) => pid ?? []);
}

function tryWrite(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch {
    // Not allowed.
  }
}

/** The counts start anew with each look. */
export async function resetBlocked(pair: Pair): Promise<void> {
  for (const host of [pair.a, pair.b]) await host.status();
}

/** The longest that each agent's event loop was blocked since {@link resetBlocked}. */
export async function blockedRows(pair: Pair, workload: string): Promise<Row[]> {
  const samples = [];
  for (const host of [pair.a, pair.b]) samples.push((await host.status()).loop.maxBlockedMs);
  const met = Math.max(...samples) <= LONGEST_BLOCK_MS;
  const bar = { text: `≤ ${LONGEST_BLOCK_MS} ms`, met };
  return [{ workload: `${workload}: event loop blocked, longest`, subject: 'dsync a, b', unit: 'ms', samples, bar }];
}

function psCpuSeconds(pid: number): number {
  const [minutes = '0', seconds = '0'] = execFileSync('ps', ['-o', 'time=', '-p', String(pid)], { encoding: 'utf8' })
    .trim()
    .split(':')
    .slice(-2);
  return Number(minutes) * 60 + Number(seconds);
}
