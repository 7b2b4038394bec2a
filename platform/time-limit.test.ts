import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { limitTime } from './time-limit.ts';

test('a time limit holds, also when memory is collected before it is up', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const { signal } = limitTime(new AbortController().signal, 30);
  const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
  const collecting = setInterval(collect, 5);
  await aborted;
  clearInterval(collecting);
  expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
});

test('it aborts with the other signal, and never after it was let go', () => {
  const other = new AbortController();
  const limit = limitTime(other.signal, undefined);
  limit[Symbol.dispose]();
  expect(limit.signal.aborted).toBe(false);
  other.abort(new Error('stop'));
  expect(limit.signal.reason).toEqual(new Error('stop'));
});
