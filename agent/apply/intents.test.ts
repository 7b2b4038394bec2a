import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { RelPath } from '../core/rel-path.ts';
import { tempFolder } from './fixtures/child.ts';
import { type Intent, openIntents, readLeft } from './intents.ts';

const STAT = { ino: 2n ** 63n + 5n, sizeBytes: 2 ** 40, mtimeNs: -1n, mode: 0o100644 };

function intent(n: number, incoming: Uint8Array | undefined = Buffer.from([1, 2, 3])): Intent {
  return {
    path: `folder/${n}` as RelPath,
    temp: `/stage/in-${n}` as AbsPath,
    expected: n % 2 === 0 ? STAT : undefined,
    made: n % 3 === 0 ? undefined : STAT,
    incoming: incoming && new Uint8Array(incoming),
  };
}
const plain = (left: readonly Intent[]) =>
  left.map((one) => ({ ...one, incoming: one.incoming && new Uint8Array(one.incoming) }));

test('what was recorded is read back, in order', () => {
  using folder = tempFolder();
  const file = childPath(folder.path, 'intents');
  expect(readLeft(file)).toEqual([]);
  const intents = openIntents(file);
  intents.record([intent(0), intent(1)]);
  intents.record([]);
  intents.record([{ ...intent(2), incoming: undefined }]);
  intents.close();
  expect(plain(readLeft(file))).toEqual([intent(0), intent(1), { ...intent(2), incoming: undefined }]);
});

test('a tail torn at any byte costs that record alone', () => {
  using folder = tempFolder();
  const file = childPath(folder.path, 'intents');
  const intents = openIntents(file);
  intents.record([intent(0), intent(1)]);
  const whole = intents.mark();
  intents.record([intent(2)]);
  intents.close();
  const bytes = readFileSync(file);
  for (let cut = whole; cut < bytes.length; cut++) {
    truncateSync(file, cut);
    expect(readLeft(file)).toHaveLength(2);
    writeFileSync(file, bytes);
  }
  appendFileSync(file, Buffer.alloc(64));
  expect(readLeft(file)).toHaveLength(3);
});

test('a damaged log never throws and never invents', () => {
  using folder = tempFolder();
  const file = childPath(folder.path, 'intents');
  openIntents(file).record([intent(0), intent(1), intent(2)]);
  const bytes = readFileSync(file);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ flip;
      writeFileSync(file, damaged);
      const left = plain(readLeft(file));
      expect(left).toEqual([intent(0), intent(1), intent(2)].slice(0, left.length));
    }),
    { numRuns: 200 },
  );
});

test('settling all empties the log; settling a part keeps the rest; marks stay good', () => {
  using folder = tempFolder();
  const file = childPath(folder.path, 'intents');
  const intents = openIntents(file);
  intents.record([intent(0)]);
  const first = intents.mark();
  intents.record([intent(1)]);
  intents.settle(first);
  expect(readLeft(file).at(-1)?.path).toBe('folder/1');
  const second = intents.mark();
  intents.settle(second);
  expect(statSync(file).size).toBe(0);
  intents.record([intent(4)]);
  intents.settle(first);
  expect(readLeft(file)).toHaveLength(1);
  intents.settle(intents.mark());
  expect(readLeft(file)).toEqual([]);
  intents.close();
});

test('a long log in use all the time does not grow for ever', async () => {
  using folder = tempFolder();
  const file = childPath(folder.path, 'intents');
  const intents = openIntents(file);
  const big = Buffer.alloc(1024 * 1024);
  for (let n = 0; n < 12; n++) {
    intents.record([intent(n, big)]);
    const mark = intents.mark();
    intents.record([intent(100 + n)]);
    intents.settle(mark);
  }
  expect(statSync(file).size).toBeLessThan(6 * 1024 * 1024);
  expect(readLeft(file).at(-1)?.path).toBe('folder/111');
  await intents.sync();
  intents.close();
});

test('a log that was not settled goes on where it ended', () => {
  using folder = tempFolder();
  const file = childPath(folder.path, 'intents');
  const before = openIntents(file);
  before.record([intent(0)]);
  before.close();
  const intents = openIntents(file);
  intents.record([intent(1)]);
  expect(readLeft(file)).toHaveLength(2);
  intents.settle(intents.mark());
  expect(readLeft(file)).toEqual([]);
  intents.close();
});
