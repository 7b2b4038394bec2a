import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRateLimit } from './rate-limit.ts';

test('never lets more through than the rate and one burst, and never stalls', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1000, max: 1e9 }),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 300_000 }), fc.nat({ max: 50 })), { maxLength: 100 }),
      (rate, frames) => {
        let now = 0;
        const limit = createRateLimit(
          () => rate,
          () => now,
        );
        let sent = 0;
        for (const [bytes, pauseMs] of frames) {
          now += pauseMs;
          now += limit.waitMs();
          expect(limit.waitMs()).toBe(0);
          // Before this one: a frame goes as a whole.
          expect(sent).toBeLessThanOrEqual((rate * now) / 1000 + rate * 0.1 + 1);
          limit.took(bytes);
          sent += bytes;
        }
      },
    ),
  );
});

test('has no limit at 0, and follows a change', () => {
  let rate = 0;
  let now = 0;
  const limit = createRateLimit(
    () => rate,
    () => now,
  );
  limit.took(1e9);
  expect(limit.waitMs()).toBe(0);
  rate = 1000;
  limit.took(500);
  expect(limit.waitMs()).toBe(500);
  now = 500;
  expect(limit.waitMs()).toBe(0);
});

test('what was waited for is over, whatever the fractions sum up to', () => {
  let now = 0;
  const limit = createRateLimit(
    () => 1000,
    () => now,
  );
  limit.took(1001);
  now += limit.waitMs();
  expect(limit.waitMs()).toBe(0);
});
