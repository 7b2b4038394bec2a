import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRecentContent } from './recent-content.ts';

test('what is read is there until the ring comes round, and is never another', () => {
  const read = fc.record({ sizeBytes: fc.integer({ min: 0, max: 70 }), kept: fc.boolean() });
  fc.assert(
    fc.property(fc.array(read, { maxLength: 60 }), (reads) => {
      const recent = createRecentContent(100);
      const added: { readonly hash: string; readonly text: string }[] = [];
      for (const [n, { sizeBytes, kept }] of reads.entries()) {
        const room = recent.room(sizeBytes + 1);
        expect(room).toHaveLength(sizeBytes + 1);
        room.fill(n + 1);
        if (!kept) continue;
        recent.add(`${n}`, room.subarray(0, sizeBytes));
        if (sizeBytes > 0 && sizeBytes < 50) added.push({ hash: `${n}`, text: room.toString('hex', 0, sizeBytes) });
      }
      const found = added
        .map(({ hash }) => recent.get(hash))
        .map((bytes) => bytes && Buffer.from(bytes).toString('hex'));
      // The last is there, and before the first that gave way all did.
      for (const [i, { text }] of added.entries()) expect([undefined, text]).toContain(found[i]);
      const first = found.findIndex((one) => one !== undefined);
      expect(found.slice(Math.max(0, first))).not.toContain(first < 0 ? 'none' : undefined);
    }),
  );
});

const read = (recent: ReturnType<typeof createRecentContent>, hash: string, sizeBytes = 4) => {
  const bytes = recent.room(sizeBytes);
  bytes.fill(hash);
  recent.add(hash, bytes);
};

test('the oldest give way', () => {
  const recent = createRecentContent(10);
  for (const name of ['a', 'b', 'c']) read(recent, name);
  expect(['a', 'b', 'c'].map((name) => recent.get(name)?.toString())).toEqual([undefined, 'bbbb', 'cccc']);
});

test('what is added twice takes room once', () => {
  const recent = createRecentContent(10);
  for (let n = 0; n < 5; n++) read(recent, 'a');
  read(recent, 'b');
  expect(recent.get('a')).toBeDefined();
});

test('what is too large, or lies elsewhere, is not kept, nor in the way of what follows', () => {
  const recent = createRecentContent(10);
  read(recent, 'large', 11);
  recent.add('elsewhere', Buffer.alloc(2));
  expect(recent.get('large')).toBeUndefined();
  expect(recent.get('elsewhere')).toBeUndefined();
  read(recent, 'a', 5);
  expect(recent.get('a')?.toString()).toBe('aaaaa');
});

test('after it was cleared there is nothing, and it begins anew', () => {
  const recent = createRecentContent(10);
  read(recent, 'a');
  recent.clear();
  expect(recent.get('a')).toBeUndefined();
  read(recent, 'b');
  expect(recent.get('b')?.toString()).toBe('bbbb');
});
