import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  authorName,
  CONFLICTS_FOLDER,
  conflictPath,
  conflictWinner,
  isConflictCopy,
  needsCopy,
  parseConflictPath,
} from './conflict.ts';
import { type Entry, type EntryKind, sameContent } from './entry.ts';
import { MAX_NAME_BYTES, nameOf, parentOf, type RelPath, relPathFault } from './rel-path.ts';

const HASH = 'q_-ZWNn2Hb4-pXEXzZ0WZ3W4hPzJ3Vq1cHf0bJ3uQ2k';
const file: Entry = {
  path: 'src/a.ts' as RelPath,
  kind: 'file',
  sizeBytes: 3,
  mtimeNs: 1_700_000_000_123_456_789n,
  mode: 0o644,
  hash: HASH,
  target: '',
  version: [],
  author: 'gpu/1234abcd',
};
const at = (path: string, change: Partial<Entry> = {}): Entry => ({ ...file, path: path as RelPath, ...change });

const hashes = fc.string({ unit: fc.constantFrom(...'abAB09-_'), minLength: 43, maxLength: 43 });
const rivals: fc.Arbitrary<Entry> = fc
  .record({
    kind: fc.constantFrom<EntryKind>('file', 'folder', 'symlink'),
    mtimeNs: fc.constantFrom(0n, 1n, 5n),
    mode: fc.constantFrom(0o644, 0o755),
    hash: fc.constantFrom('x', 'y'),
    target: fc.constantFrom('p', 'q'),
  })
  .map(({ kind, mtimeNs, mode, hash, target }) => {
    if (kind === 'folder') return at('a', { kind, mtimeNs, mode, hash: '' });
    return kind === 'file' ? at('a', { kind, mtimeNs, mode, hash }) : at('a', { kind, mtimeNs, mode: 0, hash, target });
  });

describe('conflictWinner()', () => {
  test.each<[string, Partial<Entry>, Partial<Entry>]>([
    ['a folder, whatever the times', { kind: 'folder', hash: '', mtimeNs: 0n }, { mtimeNs: 9n }],
    ['the later time', { mtimeNs: 9n, hash: 'a' }, { mtimeNs: 8n, hash: 'b' }],
    ['the larger hash at one time', { hash: 'b' }, { hash: 'a' }],
    ['the larger mode of one content', { mode: 0o755 }, { mode: 0o644 }],
  ])('is %s', (_, winner, loser) => {
    const a = at('a', winner);
    const b = at('a', loser);
    expect(conflictWinner(a, b)).toBe(a);
    expect(conflictWinner(b, a)).toBe(a);
  });

  test('is alike from both sides', () => {
    fc.assert(
      fc.property(rivals, rivals, (a, b) => {
        expect(sameContent(conflictWinner(a, b), conflictWinner(b, a))).toBe(true);
      }),
    );
  });

  test('of three is the same in any order', () => {
    fc.assert(
      fc.property(rivals, rivals, rivals, (a, b, c) => {
        const one = conflictWinner(conflictWinner(a, b), c);
        expect(sameContent(one, conflictWinner(a, conflictWinner(b, c)))).toBe(true);
        expect(sameContent(one, conflictWinner(conflictWinner(a, c), b))).toBe(true);
      }),
    );
  });

  test('leaves out only a content that stays or that is none', () => {
    fc.assert(
      fc.property(rivals, rivals, (a, b) => {
        const winner = conflictWinner(a, b);
        const loser = winner === a ? b : a;
        if (needsCopy(winner, loser)) return;
        expect(loser.kind === 'folder' || (loser.kind === winner.kind && loser.hash === winner.hash)).toBe(true);
      }),
    );
  });
});

describe('conflictPath()', () => {
  test('says what, when, who and which', () => {
    expect(conflictPath(file)).toBe('.dsync/conflicts/src/a.ts.sync-conflict-20231114T221320Z-gpu-q00ZWNn2');
  });

  test('stays beside a conflict copy that is itself in conflict', () => {
    const once = conflictPath(file);
    expect(parentOf(conflictPath(at(once)))).toBe(parentOf(once));
  });

  test.each(['é', '\u{1f600}', 'x', 'e\u0301'])(
    'cuts a long name of %s before the suffix, at a character',
    (letter) => {
      const long = letter.repeat(300).slice(0, 200 / Buffer.byteLength(letter)) + letter;
      for (const name of [long, letter.repeat(Math.floor(255 / Buffer.byteLength(letter)))]) {
        const path = conflictPath(at(`deep/${name}`, { author: 'h'.repeat(80) }));
        expect(relPathFault(path)).toBeUndefined();
        expect(Buffer.byteLength(nameOf(path))).toBeLessThanOrEqual(MAX_NAME_BYTES);
        expect(nameOf(path)).toMatch(/\.sync-conflict-20231114T221320Z-h{40}-q00ZWNn2$/);
      }
    },
  );

  test('is a path inside a root for any loser', () => {
    const names = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 80 })
      .filter((name) => relPathFault(name) === undefined && !name.includes('/'));
    fc.assert(
      fc.property(
        names,
        fc.string({ maxLength: 60 }),
        hashes,
        fc.bigInt(0n, 4_000_000_000_000_000_000n),
        (name, author, hash, mtimeNs) => {
          const path = conflictPath(at(`a/${name}`, { author, hash, mtimeNs }));
          expect(relPathFault(path)).toBeUndefined();
          expect(isConflictCopy(path)).toBe(true);
        },
      ),
    );
  });

  test('has another name for another start of the hash', () => {
    const plain = fc.string({ unit: fc.constantFrom(...'abcXYZ019'), minLength: 43, maxLength: 43 });
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        const same = conflictPath(at('a', { hash: a })) === conflictPath(at('a', { hash: b }));
        expect(same).toBe(a.slice(0, 8) === b.slice(0, 8));
      }),
    );
  });
});

describe('parseConflictPath()', () => {
  test('is the inverse of conflictPath()', () => {
    const names = fc.string({ unit: fc.constantFrom('a', 'é', '.', '-', '\n', ' ', 'Z'), minLength: 1, maxLength: 12 });
    const paths = fc
      .array(names, { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join('/'))
      .filter((path) => relPathFault(path) === undefined);
    fc.assert(
      fc.property(paths, hashes, fc.constantFrom('gpu/1234', 'my-mac.local/ff', ''), (path, hash, author) => {
        expect(parseConflictPath(conflictPath(at(path, { hash, author })))).toEqual({
          original: path,
          at: '20231114T221320Z',
          author: authorName(author),
          hash8: hash.slice(0, 8).replace(/[-_]/g, '0'),
        });
      }),
    );
  });

  test.each([
    'src/a.ts',
    'src/a.ts.sync-conflict-20231114T221320Z-gpu-q00ZWNn2',
    `${CONFLICTS_FOLDER}/src/a.ts`,
    `${CONFLICTS_FOLDER}/.sync-conflict-20231114T221320Z-gpu-q00ZWNn2`,
    CONFLICTS_FOLDER,
  ])('%s is none', (path) => {
    expect(parseConflictPath(path as RelPath)).toBeUndefined();
  });
});

test.each([
  ['gpu/1234', 'gpu'],
  ['my-mac.local/1', 'my-mac.local'],
  ['../../x', '..'],
  ['', 'unknown'],
  ['a b/1', 'a-b'],
])('authorName(%j) is %j', (author, name) => {
  expect(authorName(author)).toBe(name);
});
