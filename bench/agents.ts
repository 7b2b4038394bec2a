/**
 * What the system and the agents themselves say of their use.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Pair } from '../test/harness/pair.ts';
import type { Row } from './row.ts';

const LONGEST_BLOCK_MS = 100;
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
