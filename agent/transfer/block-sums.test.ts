import fc from 'fast-check';
import { expect, test } from 'vitest';
import { areBlocks, BLOCK_BYTES, createSummer, differingRanges, patchedSums, type Range } from './block-sums.ts';

function sumsOf(content: Uint8Array): Uint8Array {
  const summer = createSummer();
  summer.update(content);
  return summer.digest();
}

/** A file of some blocks, told by a letter each, the last one cut off somewhere. */
const content = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 }), fc.nat(BLOCK_BYTES))
  .map(([blocks, cut]) => {
    const whole = Buffer.concat(blocks.map((letter) => Buffer.alloc(BLOCK_BYTES, letter)));
    return whole.subarray(0, Math.max(0, whole.length - cut));
  });

test('what differs, put over what there was, makes the new version and its sums', () => {
  fc.assert(
    fc.property(content, content, (had, wanted) => {
      const ranges = differingRanges(sumsOf(had), sumsOf(wanted), wanted.length);
      expect(areBlocks(ranges, wanted.length)).toBe(true);
      const made = Buffer.alloc(wanted.length);
      had.copy(made);
      const parts = ranges.map(({ offset, bytes }) => wanted.subarray(offset, offset + bytes));
      for (const [at, { offset }] of ranges.entries()) parts[at]?.copy(made, offset);
      expect(made.equals(wanted)).toBe(true);
      const patched = patchedSums(sumsOf(had), ranges, sumsOf(Buffer.concat(parts)), wanted.length);
      expect(Buffer.from(patched).equals(sumsOf(wanted))).toBe(true);
    }),
  );
});

test('the sums are the same, however the content comes', () => {
  fc.assert(
    fc.property(content, fc.array(fc.integer({ min: 1, max: 3 * BLOCK_BYTES })), (whole, sizes) => {
      const summer = createSummer();
      let at = 0;
      for (const size of sizes) {
        summer.update(whole.subarray(at, at + size));
        at += size;
      }
      summer.update(whole.subarray(at));
      expect(Buffer.from(summer.digest()).equals(sumsOf(whole))).toBe(true);
    }),
  );
});

test.each<[string, Range[], boolean]>([
  ['none', [], true],
  ['a block', [{ offset: BLOCK_BYTES, bytes: BLOCK_BYTES }], true],
  ['the rest', [{ offset: 2 * BLOCK_BYTES, bytes: 10 }], true],
  ['half a block', [{ offset: 0, bytes: BLOCK_BYTES / 2 }], false],
  ['from within a block', [{ offset: 1, bytes: BLOCK_BYTES }], false],
  ['of nothing', [{ offset: 0, bytes: 0 }], false],
  ['beyond the end', [{ offset: 2 * BLOCK_BYTES, bytes: BLOCK_BYTES }], false],
  [
    'over each other',
    [
      { offset: 0, bytes: 2 * BLOCK_BYTES },
      { offset: BLOCK_BYTES, bytes: BLOCK_BYTES },
    ],
    false,
  ],
  [
    'backwards',
    [
      { offset: BLOCK_BYTES, bytes: BLOCK_BYTES },
      { offset: 0, bytes: BLOCK_BYTES },
    ],
    false,
  ],
])('ranges in a file of two blocks and ten bytes: %s', (_, ranges, isGood) => {
  expect(areBlocks(ranges, 2 * BLOCK_BYTES + 10)).toBe(isGood);
});
