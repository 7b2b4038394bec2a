import { expect, test } from 'vitest';
import { createLineSpeed } from './line-speed.ts';

test('is known once the line was busy for a while, and follows it; idle time does not count', () => {
  let now = 0;
  const speed = createLineSpeed(() => now);
  speed.writes(false);
  now += 10;
  speed.wrote(10_000, false);
  expect(speed.bytesPerSecond).toBe(Number.POSITIVE_INFINITY);
  now += 10_000;
  speed.writes(false);
  for (let part = 0; part < 10; part++) {
    speed.writes(true);
    now += 100;
    speed.wrote(100_000, true);
  }
  expect(speed.bytesPerSecond).toBe(1_000_000);
  for (let part = 0; part < 40; part++) {
    now += 100;
    speed.wrote(10_000, true);
  }
  expect(speed.bytesPerSecond).toBeCloseTo(100_000, -3);
});
