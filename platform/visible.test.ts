import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteWords } from './quote-words.ts';
import { visible, visibleLines } from './visible.ts';

test('nothing that a terminal obeys is left, and plain text is as it was', () => {
  expect(visible('\u001b[2Ja\nb\u009b\u202ec')).toBe('\\x1b[2Ja\\x0ab\\x9b\\u202ec');
  expect(visible('naïve 日本 🙂')).toBe('naïve 日本 🙂');
  expect(visibleLines('a\nb\r')).toBe('a\nb\\x0d');
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[\u0000-\u001f\u007f-\u009f]/.test(visible(text))));
});

test('a shell reads quoted words back as they are', () => {
  const word = fc.string().filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${quoteWords(words)}`], { encoding: 'utf8' });
      expect(printed.split('\0').slice(0, -1)).toEqual(words);
    }),
    { numRuns: 20 },
  );
});
