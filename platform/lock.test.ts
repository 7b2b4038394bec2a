import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryPlace } from './fixtures/temporary-place.ts';
import { withLock } from './lock.ts';

test('one at a time, and the lock is gone afterwards, also after a throw', async () => {
  using place = temporaryPlace();
  const path = place.path('x.lock');
  let inside = 0;
  const work = async () => {
    inside++;
    await new Promise((resolve) => setImmediate(resolve));
    expect(inside).toBe(1);
    inside--;
  };
  await Promise.all([1, 2, 3, 4].map(() => withLock(path, work)));
  await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(path)).toBe(false);
});

test('a lock of a dead process is taken over', async () => {
  using place = temporaryPlace();
  const path = place.write('x.lock', '999999999\n');
  expect(await withLock(path, () => 'in')).toBe('in');
});

test('a lock that never got its pid, or is far too old, is taken over', async () => {
  using place = temporaryPlace();
  for (const text of ['', `${process.ppid}\n`]) {
    const path = place.path('x.lock');
    writeFileSync(path, text);
    utimesSync(path, 1000, 1000);
    expect(await withLock(path, () => 'in')).toBe('in');
  }
});

test('a live lock is waited for, then named', async () => {
  using place = temporaryPlace();
  const path = place.write('x.lock', `${process.ppid}\n`);
  await expect(withLock(path, () => 'in', { timeoutMs: 1 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  expect(existsSync(path)).toBe(true);
});
