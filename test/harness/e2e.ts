import { onTestFailed } from 'vitest';
import { type Pair, type PairOptions, startPair } from './pair.ts';

/** {@link startPair} for a test: where that fails, both agents' logs are printed. */
export async function testPair(options: PairOptions = {}): Promise<Pair> {
  const pair = await startPair(options);
  onTestFailed(() => console.error(pair.logTails()));
  return pair;
}
