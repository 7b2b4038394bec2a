import { expect, test } from 'vitest';
import type { AbsPath } from '../../platform/abs-path.ts';
import type { Intent } from '../apply/intents.ts';
import { type Entry, unheardOf } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { EpochId } from '../core/version.ts';
import { packAllIntended, packIntended, readIntended } from './intended.ts';

const entryOf = (path: string, mtimeNs = 1n): Entry => ({
  ...unheardOf(path as RelPath),
  kind: 'folder',
  mode: 0o755,
  mtimeNs,
  version: [['epoch-of-the-peer' as EpochId, 7]],
  author: 'peer',
});
const intent = (path: string, incoming: Uint8Array | undefined): Intent => ({
  path: path as RelPath,
  temp: `/stage/${path}` as AbsPath,
  expected: undefined,
  made: undefined,
  incoming,
});

test('what was about to be put is read again, one by one or at once, and the latest of a path counts', () => {
  const [one, folder, file, later] = [entryOf('one'), entryOf('f'), entryOf('f/file'), entryOf('one', 2n)];
  const read = readIntended([
    intent('one', packIntended(one)),
    intent('f', packAllIntended([folder, file])),
    intent('nothing', undefined),
    intent('one', packIntended(later)),
  ]);
  expect([...read.values()]).toEqual([later, folder, file]);
});
