import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineOfValue } from './settings-lines.ts';

test.each<[string, PropertyKey[], number]>([
  ['{\n"a": 1,\n"b": [\n1,\n{"c": 2}\n]\n}', ['b', 1, 'c'], 5],
  ['{\n"a": 1,\n"b": [\n1,\n{"c": 2}\n]\n}', ['b', 7], 3],
  ['{\n"x": "}],\\"\\n",\n"b": 2}', ['b'], 3],
  ['{\n"x": {"b": 1},\n"b": 2}', ['b'], 3],
  ['', ['b'], 1],
  ['[]', [0], 1],
])('in %j %j stands at line %i', (text, path, line) => {
  expect(lineOfValue(text, path)).toBe(line);
});

test('each value of any JSON is found at its own line', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), fc.string(), (value, key) => {
      const text = JSON.stringify({ before: value, [`k${key}`]: 'found' }, null, 2);
      const line = lineOfValue(text, [`k${key}`]);
      expect(text.split('\n')[line - 1]).toContain('"found"');
    }),
  );
});
