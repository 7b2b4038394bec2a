import fc from 'fast-check';
import { expect, test } from 'vitest';
import { negotiate } from './negotiate.ts';

const spoken = (protocol: number, oldest?: number, features: string[] = []) => ({ protocol, oldest, features });

test.each([
  ['the same version', spoken(1), spoken(1), 'agreed 1'],
  ['theirs is newer and still speaks ours', spoken(1), spoken(2, 1), 'agreed 1'],
  ['ours is newer and still speaks theirs', spoken(3, 2), spoken(2), 'agreed 2'],
  ['theirs speaks ours no more', spoken(1), spoken(2), 'ours is too old'],
  ['theirs speaks ours no more, though we would theirs', spoken(1, 0), spoken(2, 2), 'ours is too old'],
  ['ours speaks theirs no more', spoken(4, 3), spoken(2, 1), 'theirs is too old'],
])('%s', (_, ours, theirs, expected) => {
  const agreement = negotiate(ours, theirs);
  expect(agreement.kind === 'agreed' ? `agreed ${agreement.protocol}` : `${agreement.side} is too old`).toBe(expected);
});

test('a feature counts where both name it', () => {
  const agreement = negotiate(spoken(1, 1, ['a', 'b']), spoken(1, 1, ['c', 'b']));
  expect(agreement).toEqual({ kind: 'agreed', protocol: 1, features: new Set(['b']) });
});

test('both sides come to the same end', () => {
  const range = fc
    .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 }))
    .map(([a, b]) => spoken(Math.max(a, b), Math.min(a, b)));
  fc.assert(
    fc.property(range, range, (a, b) => {
      const [here, there] = [negotiate(a, b), negotiate(b, a)];
      expect(there.kind).toBe(here.kind);
      if (here.kind === 'agreed' && there.kind === 'agreed') expect(there.protocol).toBe(here.protocol);
      if (here.kind === 'too-old' && there.kind === 'too-old') expect(there.side).not.toBe(here.side);
    }),
  );
});
