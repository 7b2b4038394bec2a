import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineSplitter } from './lines.ts';

test('however the bytes are cut, the lines and the rest are the same', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'é', '🎈', '\n') }),
      fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
      (text, cuts) => {
        const bytes = Buffer.from(text);
        const splitter = createLineSplitter();
        const lines: string[] = [];
        for (let at = 0; at < bytes.length; ) {
          const { value: size } = cuts.next();
          lines.push(...splitter.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect([...lines, splitter.rest().toString()]).toEqual(text.split('\n'));
      },
    ),
  );
});

test('a line over the limit ends it, also before its end is there; the lines before it come out', () => {
  const splitter = createLineSplitter({ maxBytes: 3 });
  expect(splitter.push(Buffer.from('abc\n12'))).toEqual(['abc']);
  expect(splitter.overlong).toBe(false);
  expect(splitter.push(Buffer.from('34'))).toEqual([]);
  expect(splitter.overlong).toBe(true);
  expect(splitter.push(Buffer.from('\nok\n'))).toEqual([]);
});
