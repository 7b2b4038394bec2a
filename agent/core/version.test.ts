import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bumpVersion,
  compareVersions,
  counterOf,
  type EpochId,
  joinVersions,
  NO_VERSION,
  type Order,
  type Version,
} from './version.ts';

const EPOCHS = ['epoch-aa', 'epoch-bb', 'epoch-cc', 'epoch-dd'] as EpochId[];
const [A, B, C] = EPOCHS as [EpochId, EpochId, EpochId];

const versions: fc.Arbitrary<Version> = fc
  .subarray(EPOCHS)
  .chain((epochs) => fc.tuple(...epochs.map((epoch) => fc.tuple(fc.constant(epoch), fc.integer({ min: 1, max: 4 })))));

const OPPOSITE: Record<Order, Order> = { equal: 'equal', newer: 'older', older: 'newer', concurrent: 'concurrent' };
const isAtLeast = (a: Version, b: Version) => ['equal', 'newer'].includes(compareVersions(a, b));
const isSorted = (version: Version) => version.every(([id], i) => i === 0 || (version[i - 1]?.[0] ?? '') < id);

describe('compareVersions()', () => {
  test.each<[string, Version, Version, Order]>([
    ['two that nobody has heard of', [], [], 'equal'],
    ['something against nothing', [[A, 1]], [], 'newer'],
    ['nothing against something', [], [[B, 1]], 'older'],
    ['the same', [[A, 1]], [[A, 1]], 'equal'],
    ['a later change', [[A, 2]], [[A, 1]], 'newer'],
    ['an earlier change', [[A, 1]], [[A, 2]], 'older'],
    [
      'one epoch more',
      [
        [A, 1],
        [B, 1],
      ],
      [[B, 1]],
      'newer',
    ],
    [
      'one epoch less',
      [[A, 1]],
      [
        [A, 1],
        [C, 9],
      ],
      'older',
    ],
    ['two hosts', [[A, 1]], [[B, 1]], 'concurrent'],
    [
      'a common past',
      [
        [A, 2],
        [B, 1],
      ],
      [
        [A, 1],
        [B, 2],
      ],
      'concurrent',
    ],
    [
      'a past of which one saw less',
      [[A, 2]],
      [
        [A, 1],
        [B, 1],
      ],
      'concurrent',
    ],
  ])('%s', (_, a, b, order) => {
    expect(compareVersions(a, b)).toBe(order);
  });

  test('is antisymmetric', () => {
    fc.assert(
      fc.property(versions, versions, (a, b) => {
        expect(compareVersions(b, a)).toBe(OPPOSITE[compareVersions(a, b)]);
      }),
    );
  });

  test('is that of the counters', () => {
    fc.assert(
      fc.property(versions, versions, (a, b) => {
        const least = EPOCHS.every((epoch) => counterOf(a, epoch) >= counterOf(b, epoch));
        const most = EPOCHS.every((epoch) => counterOf(a, epoch) <= counterOf(b, epoch));
        const expected = least ? (most ? 'equal' : 'newer') : most ? 'older' : 'concurrent';
        expect(compareVersions(a, b)).toBe(expected);
      }),
    );
  });
});

describe('joinVersions()', () => {
  test('is the least upper bound', () => {
    fc.assert(
      fc.property(versions, versions, versions, (a, b, other) => {
        const join = joinVersions(a, b);
        expect(isAtLeast(join, a) && isAtLeast(join, b)).toBe(true);
        expect(isSorted(join)).toBe(true);
        if (isAtLeast(other, a) && isAtLeast(other, b)) expect(isAtLeast(other, join)).toBe(true);
      }),
    );
  });

  test('is commutative, associative and idempotent, and nothing is its zero', () => {
    fc.assert(
      fc.property(versions, versions, versions, (a, b, c) => {
        expect(joinVersions(a, b)).toEqual(joinVersions(b, a));
        expect(joinVersions(joinVersions(a, b), c)).toEqual(joinVersions(a, joinVersions(b, c)));
        expect(joinVersions(a, a)).toEqual(a);
        expect(joinVersions(a, NO_VERSION)).toEqual(a);
      }),
    );
  });
});

describe('bumpVersion()', () => {
  test('is newer than what it was made on, and than anything its epoch counted before', () => {
    fc.assert(
      fc.property(versions, fc.constantFrom(...EPOCHS), fc.integer({ min: 1, max: 9 }), (version, epoch, counter) => {
        const bumped = bumpVersion(version, epoch, counter);
        expect(compareVersions(bumped, version)).toBe('newer');
        expect(counterOf(bumped, epoch)).toBeGreaterThanOrEqual(counter);
        expect(isSorted(bumped)).toBe(true);
        for (const other of EPOCHS)
          if (other !== epoch) expect(counterOf(bumped, other)).toBe(counterOf(version, other));
      }),
    );
  });

  test('on two hosts at once makes two that are concurrent', () => {
    fc.assert(
      fc.property(versions, (version) => {
        expect(compareVersions(bumpVersion(version, A, 7), bumpVersion(version, B, 7))).toBe('concurrent');
      }),
    );
  });
});
