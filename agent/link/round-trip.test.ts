import { expect, test } from 'vitest';
import { createRoundTrip } from './round-trip.ts';

test('answers that are late do not make the line longer', () => {
  const roundTrip = createRoundTrip();
  expect(roundTrip.ms).toBe(0);
  for (const ms of [90, 52, 50.5, 180, 77, 61]) roundTrip.answered(ms);
  expect(roundTrip.ms).toBe(50.5);
});

test('a line that has become longer, or shorter, is known for it', () => {
  const roundTrip = createRoundTrip();
  for (let i = 0; i < 100; i++) roundTrip.answered(20 + (i % 3));
  for (let i = 0; i < 30; i++) roundTrip.answered(80 + (i % 3));
  expect(roundTrip.ms).toBe(80);
  roundTrip.answered(10);
  expect(roundTrip.ms).toBe(10);
});
