import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchTier } from './match.ts';

const project = { name: 'web-shop', aliases: ['ws2'], tags: ['acme'], path: '/home/ann/code/Books/web-shop' };

test.each([
  ['web-shop', 6],
  ['WEB-SHOP', 6],
  ['ws2', 5],
  ['web', 4],
  ['sho', 4],
  ['ws', 3],
  ['hop', 2],
  ['acm', 2],
  ['books', 2],
  ['wbsp', 1],
  ['xyz', 0],
  ['web sho', 4],
  ['web books', 2],
  ['web xyz', 0],
  ['', 6],
] as const)('%j matches in tier %i', (query, tier) => {
  expect(matchTier(query, project)).toBe(tier);
});

test('words of one name in camel case', () => {
  expect(matchTier('shop', { ...project, name: 'myShopApi' })).toBe(4);
  expect(matchTier('msa', { ...project, name: 'myShopApi' })).toBe(3);
});

test('a name matches itself best, and each of its parts somehow', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
  fc.assert(
    fc.property(name, fc.nat(), fc.nat(), (text, a, b) => {
      const one = { name: text, aliases: [], tags: [], path: '' };
      expect(matchTier(text, one)).toBe(6);
      const [from, to] = [a % text.length, b % text.length];
      const part = text.slice(Math.min(from, to), Math.max(from, to) + 1);
      expect(matchTier(part, one)).toBeGreaterThan(0);
    }),
  );
});
