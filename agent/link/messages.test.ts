import { describe, expect, test } from 'vitest';
import type { Entry } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { EpochId } from '../core/version.ts';
import { messageSchema } from './messages.ts';
import { entryToWire, parseWireEntry } from './wire-entry.ts';

const HASH = 'q_-ZWNn2Hb4-pXEXzZ0WZ3W4hPzJ3Vq1cHf0bJ3uQ2k';
const file: Entry = {
  path: 'a/b' as RelPath,
  kind: 'file',
  sizeBytes: 3,
  mtimeNs: 1_700_000_000_123_456_789n,
  mode: 0o644,
  hash: HASH,
  target: '',
  version: [
    ['epoch-aa' as EpochId, 1],
    ['epoch-bb' as EpochId, 2],
  ],
  author: 'gpu/1234abcd',
};
const symlink: Entry = { ...file, kind: 'symlink', sizeBytes: 0, mode: 0, target: '../up' };
const folder: Entry = { ...file, kind: 'folder', sizeBytes: 0, hash: '' };
const tombstone: Entry = { ...folder, kind: 'tombstone', mode: 0 };

const batchOf = (entry: unknown) => ({
  type: 'batch',
  root: 'root-0001',
  id: 1,
  from: 1,
  to: 1,
  bulk: false,
  items: [{ entry }],
});
const wireOf = (change: Partial<Record<keyof Entry, unknown>>, entry: Entry = file) =>
  entryToWire({ ...entry, ...change } as Entry);

describe('an entry', () => {
  test.each([file, symlink, folder, tombstone, { ...file, author: '', version: [], sizeBytes: 0 }])(
    'comes as it went: $kind',
    (entry) => {
      expect(parseWireEntry(entryToWire(entry))).toEqual(entry);
      expect(messageSchema.parse(batchOf(entryToWire(entry)))).toMatchObject({ items: [{ entry }] });
    },
  );

  test('of a time that fits a plain number comes with a bigint', () => {
    expect(parseWireEntry(wireOf({ mtimeNs: 5 }))?.mtimeNs).toBe(5n);
  });

  test.each<[string, unknown]>([
    ['a path that climbs out', wireOf({ path: '../x' })],
    ['a path that climbs out on the way', wireOf({ path: 'a/../../x' })],
    ['an absolute path', wireOf({ path: '/etc/passwd' })],
    ['a NUL in the path', wireOf({ path: 'a\0b' })],
    ['an empty part', wireOf({ path: 'a//b' })],
    ['the root itself', wireOf({ path: '' })],
    ['a dot', wireOf({ path: './a' })],
    ['a path that is no text', wireOf({ path: 7 })],
    ['a name too long', wireOf({ path: 'x'.repeat(256) })],
    ['an unknown kind', wireOf({ kind: 'socket' })],
    ['a size below nothing', wireOf({ sizeBytes: -1 })],
    ['half a byte', wireOf({ sizeBytes: 0.5 })],
    ['a size that is no number', wireOf({ sizeBytes: Number.NaN })],
    ['a size that no number holds', wireOf({ sizeBytes: 2 ** 60 })],
    ['a time that is no number', wireOf({ mtimeNs: 'soon' })],
    ['file type bits in the mode', wireOf({ mode: 0o100644 })],
    ['a hash that is a path', wireOf({ hash: '../../../../../../../../../../../../etc/passwd' })],
    ['a hash too short', wireOf({ hash: HASH.slice(1) })],
    ['a file without a hash', wireOf({ hash: '' })],
    ['a file with a target', wireOf({ target: 'x' })],
    ['a symlink without a target', wireOf({ target: '' }, symlink)],
    ['a symlink with a mode', wireOf({ mode: 0o777 }, symlink)],
    ['a symlink with a size', wireOf({ sizeBytes: 5 }, symlink)],
    ['a NUL in the target', wireOf({ target: 'a\0b' }, symlink)],
    ['a target too long', wireOf({ target: 'x'.repeat(5000) }, symlink)],
    ['a folder with content', wireOf({ hash: HASH }, folder)],
    ['a folder with a size', wireOf({ sizeBytes: 1 }, folder)],
    ['a tombstone with content', wireOf({ hash: HASH }, tombstone)],
    ['a version out of order', wireOf({ version: [...file.version].reverse() })],
    ['one epoch twice', wireOf({ version: [file.version[0], file.version[0]] })],
    ['a counter of nothing', wireOf({ version: [['epoch-aa', 0]] })],
    ['a counter below nothing', wireOf({ version: [['epoch-aa', -5]] })],
    ['an epoch too short', wireOf({ version: [['a', 1]] })],
    ['an author that is a path', wireOf({ author: '../../etc' })],
    ['an author with a line break', wireOf({ author: 'a\nb' })],
    ['too little', entryToWire(file).slice(0, 8)],
    ['too much', [...entryToWire(file), 1]],
    ['an object', { ...file }],
    ['nothing', null],
  ])('with %s is refused', (_, wire) => {
    expect(parseWireEntry(wire)).toBeUndefined();
    expect(messageSchema.safeParse(batchOf(wire)).success).toBe(false);
  });
});

describe('a message', () => {
  const root = 'root-0001';
  test.each<[string, unknown]>([
    ['of no type', { root }],
    ['of an unknown type', { type: 'explode', root }],
    [
      'that wants a path outside',
      { type: 'want', root, items: [{ id: 1, path: '../../etc/passwd', hash: HASH, offset: 0 }] },
    ],
    [
      'that wants an absolute path',
      { type: 'want', root, items: [{ id: 1, path: '/etc/passwd', hash: HASH, offset: 0 }] },
    ],
    ['that wants from before the start', { type: 'want', root, items: [{ id: 1, path: 'a', hash: HASH, offset: -1 }] }],
    ['with content that is text', { type: 'content', root, parts: [{ id: 1, offset: 0, bytes: 'text', last: true }] }],
    [
      'with more than a batch holds',
      { ...batchOf(entryToWire(file)), items: Array(4097).fill({ entry: entryToWire(file) }) },
    ],
    ['with a batch of content that is text', { ...batchOf(0), items: [{ entry: entryToWire(file), content: 'abc' }] }],
    ['with a batch of content that is nil', { ...batchOf(0), items: [{ entry: entryToWire(file), content: null }] }],
    ['with a batch of no entries', { ...batchOf(0), items: [entryToWire(file), null, 7] }],
    ['that moves from nil', { ...batchOf(0), items: [{ entry: entryToWire(file), movedFrom: null }] }],
    ['for no root', { type: 'ack', id: 1 }],
    ['for a root whose name is long', { type: 'ack', root: 'x'.repeat(65), id: 1 }],
    [
      'that lists a path outside',
      { type: 'digest-is', root, id: 1, digest: 'x', entries: 1, list: [['../x', 'y']], last: true },
    ],
    ['with a reason without end', { type: 'bye', code: 'X', message: 'x'.repeat(5000) }],
    [
      'that moves from outside',
      {
        ...batchOf(entryToWire(file)),
        items: [{ entry: entryToWire(file), movedFrom: wireOf({ path: '../x' }, tombstone) }],
      },
    ],
  ])('%s is refused', (_, message) => {
    expect(messageSchema.safeParse(message).success).toBe(false);
  });

  test('keeps what it knows of an entry with its content', () => {
    const item = {
      entry: entryToWire(file),
      content: Buffer.from('abc'),
      movedFrom: entryToWire(tombstone),
      warmth: 1,
    };
    const { items } = messageSchema.parse({ ...batchOf(0), items: [item] }) as { items: unknown };
    expect(items).toEqual([{ entry: file, content: item.content, movedFrom: tombstone }]);
  });

  test('keeps what it knows of one from a later version', () => {
    const later = { type: 'ack', root, id: 1, warmth: 'cosy' };
    expect(messageSchema.parse(later)).toEqual({ type: 'ack', root, id: 1 });
  });
});
