import { describe, expect, test } from 'vitest';
import { type Recorded, unheardOf } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { createDeletes } from './deletes.ts';

const path = (text: string) => text as RelPath;

function gone(at: string, { ino = 0n, kind = 'file' as Recorded['kind'], hash = 'h' } = {}): Recorded {
  const stat = { ino, sizeBytes: 1, mtimeNs: 1n, mode: 0o100644 };
  return { ...unheardOf(path(at)), kind, hash, seq: 1, stat, racy: false, from: undefined };
}
const many = (count: number, name = 'f') =>
  Array.from({ length: count }, (_, n) => gone(`${name}${n}`, { ino: BigInt(n) + 1n }));

function createScene(limit = 50) {
  const held: number[] = [];
  const deletes = createDeletes({ limit: () => limit, onHeld: (count) => held.push(count) });
  /** Those that count as deleted once enough time went by. */
  const dueLater = (options = { quiet: true }) =>
    deletes.due(performance.now() + 60_000, options).map((each) => each.path);
  return { deletes, held, dueLater };
}

describe('what is missing', () => {
  test('counts as deleted a moment later, not at once, and only once', () => {
    const { deletes, dueLater } = createScene();
    expect(deletes.nextAt()).toBeUndefined();
    deletes.missing(gone('a'));
    const at = deletes.nextAt() ?? 0;
    expect(deletes.due(at - 1, { quiet: true })).toEqual([]);
    expect(deletes.due(at, { quiet: true }).map((each) => each.path)).toEqual(['a']);
    expect([deletes.waiting, deletes.nextAt(), dueLater()]).toEqual([0, undefined, []]);
  });

  test('does not while something else is going on', () => {
    const { deletes, dueLater } = createScene();
    deletes.missing(gone('a'));
    expect(dueLater({ quiet: false })).toEqual([]);
    expect(deletes.has(path('a'))).toBe(true);
    expect(dueLater()).toEqual(['a']);
  });

  test('and found again is nothing', () => {
    const { deletes, dueLater } = createScene();
    deletes.missing(gone('a', { ino: 1n }));
    deletes.found(path('a'));
    deletes.found(path('never missing'));
    expect([deletes.has(path('a')), deletes.peekMoved(1n), dueLater()]).toEqual([false, undefined, []]);
  });

  test('gave way to a folder: is nothing', () => {
    const { deletes, dueLater } = createScene();
    const file = gone('a', { ino: 1n });
    deletes.missing(file);
    deletes.kindChanged(file);
    expect([deletes.peekMoved(1n), dueLater()]).toEqual([undefined, []]);
  });

  test('goes the deepest first', () => {
    const { deletes, dueLater } = createScene();
    for (const name of ['a', 'a/b', 'a/b/c', 'a-b', 'a/d']) deletes.missing(gone(name));
    expect(dueLater()).toEqual(['a-b', 'a/d', 'a/b/c', 'a/b', 'a']);
  });

  test('waits longer, but not for ever, when much is', () => {
    const { deletes } = createScene(1000);
    for (const each of many(20)) deletes.missing(each);
    const few = (deletes.nextAt() ?? 0) - performance.now();
    for (const each of many(20, 'g')) deletes.missing(each);
    const flood = (deletes.nextAt() ?? 0) - performance.now();
    expect(few).toBeLessThanOrEqual(10);
    expect(flood).toBeGreaterThan(few);
    expect(flood).toBeLessThanOrEqual(150);
  });
});

describe('a move', () => {
  test('takes the path it came from out, if the content fits', () => {
    const { deletes, dueLater } = createScene();
    const old = gone('old', { ino: 7n, hash: 'x' });
    deletes.missing(old);
    expect(deletes.peekMoved(7n)).toBe(old);
    expect(deletes.takeMoved(7n, ({ hash }) => hash === 'y')).toBeUndefined();
    expect(deletes.takeMoved(8n, () => true)).toBeUndefined();
    expect(deletes.takeMoved(7n, ({ hash }) => hash === 'x')).toBe(old);
    expect([deletes.peekMoved(7n), deletes.has(old.path), dueLater()]).toEqual([undefined, false, []]);
  });

  test('is not of a folder, whose inode says nothing of what is in it', () => {
    const { deletes } = createScene();
    deletes.missing(gone('d', { ino: 7n, kind: 'folder' }));
    expect(deletes.peekMoved(7n)).toBeUndefined();
  });

  test('is none any more once it counts as deleted', () => {
    const { deletes, dueLater } = createScene();
    deletes.missing(gone('old', { ino: 7n }));
    dueLater();
    expect(deletes.peekMoved(7n)).toBeUndefined();
  });
});

describe('too many at one time', () => {
  test('are held, and go when a person says so', () => {
    const { deletes, held, dueLater } = createScene(50);
    for (const each of many(51)) deletes.missing(each);
    expect(dueLater()).toEqual([]);
    expect([held, deletes.held.length, deletes.waiting]).toEqual([[51], 51, 0]);
    expect(deletes.has(path('f7'))).toBe(true);
    // A scan finds them missing again: they stay held.
    for (const each of many(51)) deletes.missing(each);
    expect([dueLater(), held]).toEqual([[], [51]]);
    expect(deletes.approve()).toBe(51);
    expect(dueLater()).toHaveLength(51);
    expect([deletes.held, deletes.approve()]).toEqual([[], 0]);
  });

  test('are as many as the limit and one', () => {
    const { deletes, dueLater } = createScene(50);
    for (const each of many(50)) deletes.missing(each);
    expect(dueLater()).toHaveLength(50);
  });

  test('are held also when they come a few at a time', () => {
    const { deletes, held } = createScene(50);
    const now = performance.now() + 60_000;
    const sizes = ['a', 'b', 'c'].map((name, n) => {
      for (const each of many(20, name)) deletes.missing(each);
      return deletes.due(now + n * 1000, { quiet: true }).length;
    });
    expect([sizes, held]).toEqual([[20, 20, 0], [20]]);
  });

  test('are not what came long before', () => {
    const { deletes, held } = createScene(50);
    const now = performance.now() + 60_000;
    for (const [n, name] of ['a', 'b', 'c'].entries()) {
      for (const each of many(40, name)) deletes.missing(each);
      expect(deletes.due(now + n * 20_000, { quiet: true })).toHaveLength(40);
    }
    expect(held).toEqual([]);
  });

  test('are files: folders do not count, neither together with them nor before them', () => {
    const { deletes, held } = createScene(50);
    const now = performance.now() + 60_000;
    for (let n = 0; n < 200; n++) deletes.missing(gone(`d${n}`, { kind: 'folder' }));
    expect(deletes.due(now, { quiet: true })).toHaveLength(200);
    for (const each of many(20)) deletes.missing(each);
    expect(deletes.due(now + 1000, { quiet: true })).toHaveLength(20);
    expect(held).toEqual([]);
  });

  test('that a person let go do not hold what follows', () => {
    const { deletes, held } = createScene(50);
    const now = performance.now() + 60_000;
    for (const each of many(51)) deletes.missing(each);
    deletes.due(now, { quiet: true });
    deletes.approve();
    expect(deletes.due(now + 1000, { quiet: true })).toHaveLength(51);
    deletes.missing(gone('one more'));
    expect(deletes.due(now + 2000, { quiet: true })).toHaveLength(1);
    expect(held).toEqual([51]);
  });

  test('and given up are neither held nor deleted, and may go missing anew', () => {
    const { deletes, held, dueLater } = createScene(50);
    for (const each of many(51)) deletes.missing(each);
    dueLater();
    expect(deletes.reject()).toHaveLength(51);
    expect([deletes.held, deletes.approve(), deletes.has(path('f7')), dueLater()]).toEqual([[], 0, false, []]);
    for (const each of many(51)) deletes.missing(each);
    dueLater();
    expect(held).toEqual([51, 51]);
  });

  test('and found again are not held any more', () => {
    const { deletes, dueLater } = createScene(50);
    for (const each of many(51)) deletes.missing(each);
    dueLater();
    for (const each of many(51)) deletes.found(each.path);
    expect([deletes.held, deletes.approve()]).toEqual([[], 0]);
  });
});
