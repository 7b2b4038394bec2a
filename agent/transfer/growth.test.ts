import { renameSync, writeFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { temporaryPlace } from '../../platform/fixtures/temporary-place.ts';
import { watchGrowth } from './growth.ts';

test('tells each other size of the largest file, whatever its name, until it is ended', async () => {
  using place = temporaryPlace();
  const folder = place.folder('into') as AbsPath;
  place.folder('into/.partial');
  const sizes: number[] = [];
  const over = watchGrowth(folder, (bytes) => sizes.push(bytes));
  expect(sizes).toEqual([0]);
  writeFileSync(childPath(folder, '.big.Xy12'), 'abc');
  await vi.waitFor(() => expect(sizes).toEqual([0, 3]));
  writeFileSync(childPath(folder, '.big.Xy12'), 'abcdef');
  renameSync(childPath(folder, '.big.Xy12'), childPath(folder, 'big'));
  await vi.waitFor(() => expect(sizes).toEqual([0, 3, 6]));
  over();
});

test('a folder that is not there is one without a file', () => {
  using place = temporaryPlace();
  const sizes: number[] = [];
  watchGrowth(place.path('gone') as AbsPath, (bytes) => sizes.push(bytes))();
  expect(sizes).toEqual([0]);
});
