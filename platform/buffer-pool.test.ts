import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { createBufferPool } from './buffer-pool.ts';

test('memory that is in use is nobody else’s, and never too small', () => {
  const step = fc.oneof(fc.record({ take: fc.nat({ max: 700_000 }) }), fc.record({ giveBack: fc.nat() }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const pool = createBufferPool({ mostBytes: 512 << 10, mostFree: 24 });
      const used: Buffer[] = [];
      for (const each of steps) {
        if ('take' in each) {
          const taken = pool.take(each.take);
          expect(taken.length).toBeGreaterThanOrEqual(each.take);
          if (taken.length >= 16 << 10) expect(used.map(({ buffer }) => buffer)).not.toContain(taken.buffer);
          used.push(taken);
        } else if (used.length > 0) {
          const [back] = used.splice(each.giveBack % used.length, 1);
          if (back !== undefined) pool.giveBack(back.subarray(3));
        }
      }
    }),
  );
});

test('what was given back is used again, also by a frame of another size, and once', () => {
  const pool = createBufferPool({ mostBytes: 512 << 10, mostFree: 24 });
  const first = pool.take(130_000);
  pool.giveBack(first.subarray(4, 100));
  pool.giveBack(first);
  expect(pool.take(131_000).buffer).toBe(first.buffer);
  expect(pool.take(131_000).buffer).not.toBe(first.buffer);
});

test('what is not used for a while is let go', () => {
  vi.useFakeTimers();
  try {
    const pool = createBufferPool({ mostBytes: 512 << 10, mostFree: 24 });
    const [first, other] = [pool.take(100_000), pool.take(200_000)];
    pool.giveBack(first);
    vi.advanceTimersByTime(3000);
    expect(pool.take(100_000).buffer).toBe(first.buffer);
    pool.giveBack(first);
    pool.giveBack(other);
    vi.advanceTimersByTime(6000);
    expect([first.buffer, other.buffer]).not.toContain(pool.take(100_000).buffer);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test('what came from elsewhere is not kept', () => {
  const pool = createBufferPool({ mostBytes: 512 << 10, mostFree: 24 });
  const mine = Buffer.alloc(100_000);
  pool.giveBack(mine);
  expect(pool.take(100_000).buffer).not.toBe(mine.buffer);
});
