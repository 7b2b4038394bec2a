import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Decision, decide } from './decide.ts';
import { type Entry, sameContent, unheardOf } from './entry.ts';
import type { RelPath } from './rel-path.ts';
import { compareVersions, type EpochId, joinVersions, type Version } from './version.ts';

const A = 'epoch-aa' as EpochId;
const B = 'epoch-bb' as EpochId;

const PATH = 'a' as RelPath;
const gone = (version: Version): Entry => ({ ...unheardOf(PATH), version });
const holding = (hash: string, version: Version): Entry => ({ ...gone(version), kind: 'file', mode: 0o644, hash });

const OURS: Version = [[A, 2]];
const VERSION_BY_ORDER: Record<string, Version> = {
  older: [[A, 1]],
  newer: [
    [A, 2],
    [B, 1],
  ],
  concurrent: [
    [A, 1],
    [B, 1],
  ],
  equal: [[A, 2]],
};

describe('decide()', () => {
  test.each<[string, Decision, Decision, Decision, Decision]>([
    // theirs is   same    other       theirs gone  ours gone
    ['older', 'keep', 'keep', 'keep', 'keep'],
    ['newer', 'keep', 'apply', 'apply', 'apply'],
    ['concurrent', 'keep', 'conflict', 'keep', 'apply'],
    ['equal', 'keep', 'conflict', 'keep', 'apply'],
  ])('theirs is %s: %s, %s, %s, %s', (order, same, other, theirsGone, oursGone) => {
    const version = VERSION_BY_ORDER[order] ?? [];
    expect(compareVersions(version, OURS)).toBe(order);
    expect(decide(holding('x', OURS), holding('x', version))).toBe(same);
    expect(decide(holding('x', OURS), holding('y', version))).toBe(other);
    expect(decide(holding('x', OURS), gone(version))).toBe(theirsGone);
    expect(decide(gone(OURS), holding('y', version))).toBe(oursGone);
    expect(decide(gone(OURS), gone(version))).toBe('keep');
  });

  test('takes anything for a path that nobody has heard of', () => {
    expect(decide(unheardOf(PATH), holding('x', [[A, 1]]))).toBe('apply');
  });

  const versions: fc.Arbitrary<Version> = fc
    .tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }))
    .map(([a, b]) => [[A, a] as const, [B, b] as const].filter(([, counter]) => counter > 0));
  const entries: fc.Arbitrary<Entry> = fc.oneof(
    versions.map(gone),
    fc.tuple(fc.constantFrom('x', 'y', 'z'), versions).map(([hash, version]) => holding(hash, version)),
    versions.map((version): Entry => ({ ...gone(version), kind: 'folder', mode: 0o755 })),
  );

  test('what one side applies, the other keeps; a conflict is one for both', () => {
    fc.assert(
      fc.property(entries, entries, (ours, theirs) => {
        const here = decide(ours, theirs);
        const there = decide(theirs, ours);
        if (here === 'conflict' || there === 'conflict') expect([here, there]).toEqual(['conflict', 'conflict']);
        else if (sameContent(ours, theirs)) expect([here, there]).toEqual(['keep', 'keep']);
        else expect([here, there].sort()).toEqual(['apply', 'keep']);
      }),
    );
  });

  test('a live content gives way only to what has seen it', () => {
    fc.assert(
      fc.property(entries, entries, (ours, theirs) => {
        if (ours.kind === 'tombstone' || decide(ours, theirs) !== 'apply') return;
        expect(compareVersions(theirs.version, ours.version)).toBe('newer');
      }),
    );
  });

  test('is not asked twice: what was joined is kept', () => {
    fc.assert(
      fc.property(entries, entries, (ours, theirs) => {
        const decision = decide(ours, theirs);
        if (decision === 'conflict') return;
        const version = joinVersions(ours.version, theirs.version);
        const now = { ...(decision === 'apply' ? theirs : ours), version };
        expect(decide(now, theirs)).toBe('keep');
        expect(decide(now, ours)).toBe('keep');
      }),
    );
  });
});
