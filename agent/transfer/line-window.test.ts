import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineWindow, MAX_WINDOW_BYTES, MIN_WINDOW_BYTES } from './line-window.ts';

const PART_BYTES = 32 << 10;

/** A line that takes so much, with a sender that always has something: what it brings in so long a time. */
function fill({ bytesPerMs, rttMs, forMs }: { bytesPerMs: number; rttMs: number; forMs: number }): {
  readonly arrivedBytes: number;
  readonly windowBytes: number;
} {
  let now = 0;
  const window = createLineWindow({ rttMs: () => rttMs, now: () => now });
  /** When each part arrives here. */
  const underWay: number[] = [];
  let lineFreeAt = 0;
  let arrivedBytes = 0;
  while (now < forMs) {
    while ((underWay.length + 1) * PART_BYTES <= window.bytes) {
      // What is asked for now is on the line half a round trip later, and here after another half.
      lineFreeAt = Math.max(lineFreeAt, now + rttMs / 2) + PART_BYTES / bytesPerMs;
      underWay.push(lineFreeAt + rttMs / 2);
    }
    now = underWay.shift() ?? Number.POSITIVE_INFINITY;
    arrivedBytes += PART_BYTES;
    window.arrived(PART_BYTES);
  }
  return { arrivedBytes, windowBytes: window.bytes };
}

test('a line is filled, whatever it takes and however long it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 80_000 }), fc.integer({ min: 0, max: 80 }), (bytesPerMs, rttMs) => {
      const forMs = 10_000;
      const { arrivedBytes } = fill({ bytesPerMs, rttMs, forMs });
      const most = Math.min(bytesPerMs, rttMs === 0 ? bytesPerMs : MAX_WINDOW_BYTES / rttMs) * forMs;
      expect(arrivedBytes).toBeGreaterThan(0.85 * most);
    }),
    { numRuns: 50 },
  );
});

test('a long line is full after a few round trips', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 80_000 }), fc.integer({ min: 20, max: 80 }), (bytesPerMs, rttMs) => {
      const forMs = 20 * rttMs;
      const { arrivedBytes } = fill({ bytesPerMs, rttMs, forMs });
      expect(arrivedBytes).toBeGreaterThan(0.6 * Math.min(bytesPerMs, MAX_WINDOW_BYTES / rttMs) * forMs);
    }),
    { numRuns: 50 },
  );
});

test('after a rest it may double again, whatever little came before', () => {
  let now = 0;
  const window = createLineWindow({ rttMs: () => 50, now: () => now });
  const comes = (bytes: number): void => {
    now += 50;
    window.arrived(bytes);
  };
  for (let interval = 0; interval < 10; interval++) comes(100_000);
  expect(window.bytes).toBeLessThan(1.1 * MIN_WINDOW_BYTES);
  now += 2000;
  window.starts();
  for (let roundTrip = 0; roundTrip < 7; roundTrip++) comes(window.bytes);
  expect(window.bytes).toBe(MAX_WINDOW_BYTES);
});

test('no more waits on the way than a moment’s worth', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 80_000 }), fc.integer({ min: 0, max: 200 }), (bytesPerMs, rttMs) => {
      const { windowBytes } = fill({ bytesPerMs, rttMs, forMs: 5000 });
      const waitMs = Math.min(0.5 * rttMs, Math.max(8, 0.15 * rttMs)) + 11;
      expect(windowBytes).toBeLessThanOrEqual(Math.max(MIN_WINDOW_BYTES, bytesPerMs * (rttMs + waitMs)));
    }),
    { numRuns: 50 },
  );
});

test('knows what the line takes once it has taken something for a while; idle time does not count', () => {
  let now = 0;
  const window = createLineWindow({ rttMs: () => 1, now: () => now });
  expect(window.bytesPerSecond).toBe(Number.POSITIVE_INFINITY);
  now = 60_000;
  window.starts();
  for (let part = 0; part < 10; part++) {
    now += 10;
    window.arrived(10_000);
  }
  expect(window.bytesPerSecond).toBeCloseTo(1e6, -5);
});

test('a little over a long line, again and again, tells nothing of what it takes', () => {
  let now = 0;
  const window = createLineWindow({ rttMs: () => 50, now: () => now });
  for (let save = 0; save < 100; save++) {
    window.starts();
    now += 55;
    window.arrived(1000);
  }
  expect(window.bytesPerSecond).toBe(Number.POSITIVE_INFINITY);
});

test('what comes while the sender had no more to send tells of the line only where it is the most so far', () => {
  let now = 0;
  const window = createLineWindow({ rttMs: () => 1, now: () => now });
  const comes = (bytes: number, hasRoom: boolean): number => {
    if (hasRoom) window.hasRoom();
    now += 50;
    window.arrived(bytes);
    return window.bytesPerSecond;
  };
  for (let interval = 0; interval < 10; interval++) expect(comes(100_000, true)).toBe(Number.POSITIVE_INFINITY);
  expect(comes(1_000_000, false)).toBe(20e6);
  for (let interval = 0; interval < 10; interval++) expect(comes(100_000, true)).toBe(20e6);
  expect(comes(2_000_000, true)).toBe(40e6);
  for (let interval = 0; interval < 10; interval++) comes(100_000, false);
  expect(window.bytesPerSecond).toBe(2e6);
});

test('stays within its bounds', () => {
  expect(fill({ bytesPerMs: 1, rttMs: 0, forMs: 100_000 }).windowBytes).toBe(MIN_WINDOW_BYTES);
  expect(fill({ bytesPerMs: 1e6, rttMs: 100, forMs: 5000 }).windowBytes).toBe(MAX_WINDOW_BYTES);
});
