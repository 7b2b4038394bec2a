import { expect, test } from 'vitest';
import { createProgress, formatBar } from './copy-progress.ts';

function scene({ json, isTTY }: { json: boolean; isTTY: boolean }) {
  const printed: string[] = [];
  const drawn: string[] = [];
  let ms = 0;
  const progress = createProgress(
    { print: (line) => printed.push(line) },
    { totalBytes: 1000, json, now: () => ms, bar: { isTTY, write: (text) => drawn.push(text) } },
  );
  const at = (time: number, bytes: number): void => {
    ms = time;
    progress.update({ bytes, filesDone: 1 });
  };
  return { printed, drawn, at, progress };
}

test('nothing is shown in the first second, and then not more often than one can read', () => {
  const { drawn, at, progress } = scene({ json: false, isTTY: true });
  at(500, 100);
  at(999, 200);
  expect(drawn).toEqual([]);
  at(1000, 250);
  at(1100, 300);
  at(1250, 500);
  expect(drawn).toHaveLength(2);
  progress.close();
  expect(drawn.at(-1)).toBe('\r\u001b[K');
});

test('without a terminal nothing is drawn', () => {
  const { drawn, printed, at, progress } = scene({ json: false, isTTY: false });
  at(5000, 500);
  progress.close();
  expect([drawn, printed]).toEqual([[], []]);
});

test('a script gets lines of JSON', () => {
  const { printed, at } = scene({ json: true, isTTY: false });
  at(2000, 500);
  expect(printed.map((line) => JSON.parse(line) as unknown)).toEqual([
    { kind: 'progress', bytes: 500, totalBytes: 1000, files: 1, bytesPerSecond: 250, secondsLeft: 2 },
  ]);
});

test.each([
  [0, 1000, '[........................] 0 %  0 B of 1000 B  250 B/s  4.0 s left'],
  [500, 1000, '[############............] 50 %  500 B of 1000 B  250 B/s  4.0 s left'],
  [2000, 1000, '[########################] 100 %  2.0 KiB of 1000 B  250 B/s  4.0 s left'],
])('the bar at %i of %i', (bytes, total, expected) => {
  expect(formatBar(bytes, total, { bytesPerSecond: 250, secondsLeft: 4 })).toBe(expected);
});
