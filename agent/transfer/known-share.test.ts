import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AbsPath } from '../../platform/abs-path.ts';
import { BLOCK_BYTES, createSummer } from './block-sums.ts';
import { createSumSet, holdsKnown, knownShare } from './known-share.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsync-known-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function sumsOf(content: Uint8Array): Uint8Array {
  const summer = createSummer();
  summer.update(content);
  return summer.digest();
}

const BLOCKS = 64;
const former = randomBytes(BLOCKS * BLOCK_BYTES);
const insertedAt = (offset: number, bytes: number): Buffer =>
  Buffer.concat([former.subarray(0, offset), randomBytes(bytes), former.subarray(offset)]);

test.each<[string, Buffer, [least: number, most: number]]>([
  ['nothing changed', former, [1, 1]],
  ['a byte in front', insertedAt(0, 1), [1, 1]],
  ['much in front', insertedAt(0, 20 * BLOCK_BYTES + 7), [0.7, 0.8]],
  ['bytes in the middle', insertedAt(30 * BLOCK_BYTES + 9, 100), [0.9, 1]],
  ['the beginning cut off', former.subarray(12_345), [0.9, 1]],
  [
    'the halves in another order',
    Buffer.concat([former.subarray(33 * BLOCK_BYTES + 5), former.subarray(0, 33 * BLOCK_BYTES)]),
    [0.9, 1],
  ],
  [
    'another second half',
    Buffer.concat([former.subarray(0, 32 * BLOCK_BYTES), randomBytes(32 * BLOCK_BYTES)]),
    [0.4, 0.6],
  ],
  ['another file', randomBytes(BLOCKS * BLOCK_BYTES), [0, 0]],
  [
    'all of it, changed every 50,000 bytes',
    Buffer.from(former.map((byte, at) => (at % 50_000 === 0 ? ~byte : byte))),
    [0, 0],
  ],
  ['less than a sample', former.subarray(0, 100), [0, 0]],
])('%s', async (_, content, [least, most]) => {
  const path = join(folder, 'file') as AbsPath;
  writeFileSync(path, content);
  const share = await knownShare(path, content.length, sumsOf(former));
  expect(share).toBeGreaterThanOrEqual(least);
  expect(share).toBeLessThanOrEqual(most);
});

test('a file that got shorter meanwhile has nothing behind its end', async () => {
  const path = join(folder, 'file') as AbsPath;
  writeFileSync(path, former.subarray(0, 32 * BLOCK_BYTES));
  expect(await knownShare(path, former.length, sumsOf(former))).toBeLessThan(0.6);
});

test('two known blocks are found wherever they begin, whatever they hold', () => {
  const property = fc.property(fc.nat(BLOCK_BYTES - 1), fc.nat(255), fc.nat(BLOCKS - 2), (at, fill, block) => {
    const sample = Buffer.alloc(3 * BLOCK_BYTES, fill);
    former.copy(sample, at, block * BLOCK_BYTES, (block + 2) * BLOCK_BYTES);
    return holdsKnown(sample, createSumSet(sumsOf(former)));
  });
  fc.assert(property, { numRuns: 30 });
});

test('one known block alone may be so by accident', () => {
  const sample = randomBytes(3 * BLOCK_BYTES);
  former.copy(sample, 77, 0, BLOCK_BYTES);
  expect(holdsKnown(sample, createSumSet(sumsOf(former)))).toBe(false);
});
