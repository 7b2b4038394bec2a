import { onTestFailed } from 'vitest';
import { type Desks, startDesks } from './handoff.ts';
import { type Pair, type PairOptions, startPair } from './pair.ts';
import { startTrio, type Trio } from './trio.ts';

/** {@link startPair} for a test: where that fails, both agents' logs are printed. */
export async function testPair(options: PairOptions = {}): Promise<Pair> {
  const pair = await startPair(options);
  onTestFailed(() => console.error(pair.logTails()));
  return pair;
}

/** {@link startDesks} for a test, in the same way. */
export async function testDesks(options: PairOptions = {}): Promise<Desks> {
  const desks = await startDesks(options);
  onTestFailed(() => console.error(desks.pair.logTails()));
  return desks;
}

/** {@link startTrio} for a test, in the same way. */
export async function testTrio(options: { readonly mesh: boolean }): Promise<Trio> {
  const trio = await startTrio(options);
  onTestFailed(() => console.error(trio.logTails()));
  return trio;
}
