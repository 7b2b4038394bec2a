import { expect, test } from 'vitest';
import { parseRemote, pathThere, showThere } from './remote.ts';

test.each<[string, string, number | undefined, string | undefined]>([
  ['gpu', 'gpu', undefined, undefined],
  ['gpu:/srv/app', 'gpu', undefined, '/srv/app'],
  ['gpu:/srv/app/', 'gpu', undefined, '/srv/app'],
  ['gpu:/', 'gpu', undefined, '/'],
  ['me@gpu:app', 'me@gpu', undefined, './app'],
  ['gpu:~/app', 'gpu', undefined, './app'],
  ['gpu:~', 'gpu', undefined, '.'],
  ['gpu:-x', 'gpu', undefined, './-x'],
  ['gpu:/a b:c', 'gpu', undefined, '/a b:c'],
  ['[::1]:/x', '[::1]', undefined, '/x'],
  ['me@[fe80::1%eth0]:/x', 'me@[fe80::1%eth0]', undefined, '/x'],
  ['ssh://me@gpu:2222/srv', 'me@gpu', 2222, '/srv'],
  ['ssh://gpu', 'gpu', undefined, undefined],
  ['ssh://gpu/~/x', 'gpu', undefined, './x'],
  ['ssh://[::1]:22/x', '[::1]', 22, '/x'],
])('%s', (text, destination, port, path) => {
  expect(parseRemote(text)).toEqual({ kind: 'remote', destination, port, path });
});

test.each([
  '',
  ':/x',
  'gpu:',
  '-oProxyCommand=x:/y',
  'me@-x:/y',
  'gpu::module',
  'rsync://gpu/x',
  'a/b',
  'a b:/x',
  '$(x):/y',
  'a\nb:/x',
])('no remote: %j', (text) => expect(parseRemote(text)).toMatchObject({ kind: 'fault' }));

test('a path there, and back for people', () => {
  expect(['~', '~/a', 'a/', '/', '//', './a', '-a'].map(pathThere)).toEqual([
    '.',
    './a',
    './a',
    '/',
    '/',
    './a',
    './-a',
  ]);
  expect(['.', './a', '/a'].map(showThere)).toEqual(['~', '~/a', '/a']);
});
