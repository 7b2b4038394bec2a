/**
 * dsync and its peers, each with a folder of its own that it brings to a folder on the other side: by itself, or by a run
 * that is started once something changed. All over the same sshd and the same delay, save for Syncthing, which has a
 * connection of its own.
 *
 * @module
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../test/harness/eventually.ts';
import type { Pair } from '../test/harness/pair.ts';
import { isInstalled, peersOf, startLsyncd } from './peers.ts';
import { startSyncthing } from './syncthing.ts';

export interface Contender {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** One run that brings the other side up to date; undefined where that happens by itself. */
  readonly sync: (() => Promise<void>) | undefined;
  /** Bytes on the wire so far, both ways. */
  readonly bytes: () => number;
  /** Frees what it keeps beside the folder; none of that is measured. */
  readonly tidy: () => void;
}

export interface Contenders extends AsyncDisposable {
  readonly all: readonly Contender[];
}

export interface Brought {
  readonly seconds: number;
  readonly wireBytes: number;
}

export const DSYNC = 'dsync';
export const RSYNC = 'rsync -a';
const TIMEOUT_MS = 600_000;
const LOOK_MS = 2;
const CALM_MS = 300;

/** The pair's agents are linked. @param line that of the pair, also for the peer that does not go through it */
export async function startContenders(
  pair: Pair,
  line: { readonly rttMs?: number; readonly bytesPerSecond?: number } = {},
): Promise<Contenders> {
  pair.proxy.setQuality(line);
  const closing: AsyncDisposable[] = [];
  const sshBytes = (): number => sum(pair.proxy.bytes());
  const nothing = (): void => {};
  const all: Contender[] = [
    {
      name: DSYNC,
      from: made(pair.a.path('bench')),
      to: pair.b.path('bench'),
      sync: undefined,
      bytes: sshBytes,
      tidy: () => {
        for (const host of [pair.a, pair.b]) rmSync(host.path('.dsync/local/trash'), { recursive: true, force: true });
      },
    },
  ];
  for (const { name, mirror } of peersOf(pair)) {
    const [from, to] = [made(join(pair.folder, `from ${name}`)), made(join(pair.folder, `to ${name}`))];
    all.push({ name, from, to, sync: () => mirror(from, to), bytes: sshBytes, tidy: nothing });
  }
  const lsyncd = startLsyncd(pair, { remoteMoves: true });
  if (lsyncd !== undefined) {
    closing.push(lsyncd);
    all.push({ name: lsyncd.name, from: lsyncd.from, to: lsyncd.to, sync: undefined, bytes: sshBytes, tidy: nothing });
  }
  if (isInstalled('syncthing')) {
    const syncthing = await startSyncthing(pair.folder, line);
    closing.push(syncthing);
    const { name, from, to, proxy } = syncthing;
    all.push({ name, from, to, sync: undefined, bytes: () => sum(proxy.bytes()), tidy: nothing });
  }
  return {
    all,
    async [Symbol.asyncDispose]() {
      for (const each of closing) await each[Symbol.asyncDispose]();
    },
  };
}

/**
 * Does something to the folder and sees how long it takes until the other side has it, and what that sends.
 *
 * @param hasArrived cheap: it is asked all the time
 */
export async function bring(contender: Contender, act: () => void, hasArrived: () => boolean): Promise<Brought> {
  const bytesBefore = await calmBytes(contender);
  const startMs = performance.now();
  act();
  await contender.sync?.();
  await arrival(contender.name, hasArrived);
  const seconds = (performance.now() - startMs) / 1000;
  return { seconds, wireBytes: (await calmBytes(contender)) - bytesBefore };
}

async function arrival(name: string, hasArrived: () => boolean): Promise<void> {
  const untilMs = performance.now() + TIMEOUT_MS;
  while (!hasArrived()) {
    if (performance.now() > untilMs) throw new Error(`With ${name} it did not arrive`);
    await sleep(LOOK_MS);
  }
}

/** What is said after the content arrived belongs to it. */
async function calmBytes({ bytes }: Contender): Promise<number> {
  let last = -1;
  const isCalm = async (): Promise<boolean> => {
    last = bytes();
    await sleep(CALM_MS);
    return bytes() === last;
  };
  await until('the wire is calm', isCalm, { timeoutMs: TIMEOUT_MS });
  return last;
}

function sum({ toTarget, fromTarget }: { readonly toTarget: number; readonly fromTarget: number }): number {
  return toTarget + fromTarget;
}

function made(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}
