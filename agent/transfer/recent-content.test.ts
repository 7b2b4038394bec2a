import { expect, test } from 'vitest';
import { createRecentContent } from './recent-content.ts';

test('createRecentContent() gives back what was added', () => {
  const recent = createRecentContent();
  const content = Buffer.from('x');
  recent.add('h', content);
  expect(recent.get('h')).toBe(content);
  expect(recent.get('other')).toBeUndefined();
});

test('the oldest go when the bound is reached', () => {
  const recent = createRecentContent(10);
  for (const name of ['a', 'b', 'c']) recent.add(name, Buffer.alloc(4));
  expect(['a', 'b', 'c'].map((name) => recent.get(name) !== undefined)).toEqual([false, true, true]);
});

test('what is added twice counts once', () => {
  const recent = createRecentContent(10);
  for (let n = 0; n < 5; n++) recent.add('a', Buffer.alloc(4));
  recent.add('b', Buffer.alloc(4));
  expect(recent.get('a')).toBeDefined();
});

test('what is larger than the bound is not kept, nor in the way of what follows', () => {
  const recent = createRecentContent(10);
  recent.add('large', Buffer.alloc(11));
  expect(recent.get('large')).toBeUndefined();
  recent.add('a', Buffer.alloc(10));
  expect(recent.get('a')).toBeDefined();
});
