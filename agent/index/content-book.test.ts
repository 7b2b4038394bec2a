import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashBuffer } from '../scan/hash.ts';
import { createContentBook } from './content-book.ts';

test('is a map from hash to number, however many there are', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: 3000 }), fc.nat()), { maxLength: 4000 }), (added) => {
      const book = createContentBook();
      const model = new Map<number, number>();
      for (const [content, seq] of added) {
        book.add(hashBuffer(`${content}`), seq);
        model.set(content, seq);
      }
      for (let content = 0; content < 3000; content += 7)
        expect(book.get(hashBuffer(`${content}`))).toBe(model.get(content));
    }),
    { numRuns: 20 },
  );
});
