import { getHeapStatistics } from 'node:v8';
import { test } from 'vitest';
import { collectYoung } from './collect-garbage.ts';

const MIB = 1 << 20;

test('pieces of memory that are over are let go with what is young', async () => {
  let before: number;
  do {
    before = outside();
    makeGarbage(8 * MIB);
    // Unless V8 collected by itself meanwhile.
  } while (outside() - before < 7 * MIB);
  // Nobody may hold what was made in this very task; and what is let go is counted by another thread.
  await new Promise((resolve) => setImmediate(resolve));
  collectYoung();
  while (outside() - before > MIB) await new Promise((resolve) => setImmediate(resolve));
});

const outside = (): number => getHeapStatistics().external_memory;

function makeGarbage(bytes: number): void {
  for (let made = 0; made < bytes; made += 32 << 10) Buffer.allocUnsafeSlow(32 << 10);
}
