import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withMarkedLine, withoutMarkedLine } from './marked-line.ts';

const LINE = '. /x/aliases.sh # dsync setup';
const text = fc
  .array(fc.constantFrom('', 'a', 'export B=1', '# dsync', '  x  ', 'é'), { maxLength: 6 })
  .map((lines) => lines.join('\n'));

test('taking the line out leaves the very text that was there', () => {
  fc.assert(
    fc.property(text, (before) => {
      expect(withoutMarkedLine(withMarkedLine(before, LINE))).toBe(before);
    }),
  );
});

test('adding it twice is adding it once, and a former one is replaced where it stands', () => {
  fc.assert(
    fc.property(text, (before) => {
      const once = withMarkedLine(before, LINE);
      expect(withMarkedLine(once, LINE)).toBe(once);
      const other = withMarkedLine(once, '. /y/aliases.sh # dsync setup');
      expect(withMarkedLine(other, LINE)).toBe(once);
    }),
  );
});

test('a file that is not there', () => {
  expect(withMarkedLine(undefined, LINE)).toBe(`${LINE}\n`);
  expect(withoutMarkedLine(undefined)).toBeUndefined();
});
