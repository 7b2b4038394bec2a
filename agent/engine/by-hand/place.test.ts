import { symlinkSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { AbsPath } from '../../../platform/abs-path.ts';
import { temporaryPlace } from '../../../platform/fixtures/temporary-place.ts';
import type { HostRecord } from '../config/hosts-file.ts';
import type { RootId, RootRecord } from '../config/roots-file.ts';
import { findPlace } from './place.ts';

const at = temporaryPlace();
afterAll(() => at[Symbol.dispose]());

const site = at.folder('site');
at.write('site/a/f', '');
at.write('shop/.env', 'DSYNC_REMOTE=web:/srv/shop\nDSYNC_OPTIONS=-z');
at.write('shop/src/f', '');
at.write('plain/f', '');
symlinkSync(site, at.path('way'));

const hosts: HostRecord[] = [
  {
    name: 'web',
    destination: 'ssh://me@web.example:2222',
    transport: 'auto',
    bridgeCommand: 'x',
    facts: {},
    paused: false,
  },
  { name: 'gpu', destination: 'gpu', transport: 'auto', bridgeCommand: 'x', facts: {}, paused: false },
];
const root = (name: string, path: AbsPath, ...on: [string, string][]): RootRecord => ({
  id: `id-${name}` as RootId,
  name,
  path,
  hosts: on.map(([host, there]) => ({ host, path: there })),
  markerCreated: true,
  paused: false,
  removed: false,
});
const known = { hosts, roots: [root('site', site, ['web', '~/site'])] };
const find = (...words: string[]) => findPlace(words, known);

describe('where a place belongs', () => {
  test.each<[string, string[], { here: string; below?: string; to: string; path: string; port?: number }]>([
    ['a root by its name', ['site'], { here: 'site', to: 'me@web.example', port: 2222, path: './site' }],
    [
      'a part of it',
      [at.path('site/a')],
      { here: 'site', below: 'a', to: 'me@web.example', port: 2222, path: './site' },
    ],
    [
      'a file of it',
      [at.path('site/a/f')],
      { here: 'site', below: 'a/f', to: 'me@web.example', port: 2222, path: './site' },
    ],
    [
      'by a symlink',
      [at.path('way/a')],
      { here: 'site', below: 'a', to: 'me@web.example', port: 2222, path: './site' },
    ],
    ['with a host', ['site', 'web'], { here: 'site', to: 'me@web.example', port: 2222, path: './site' }],
    ['with another host', ['site', 'gpu'], { here: 'site', to: 'gpu', path: site }],
    ['with another place', ['site', 'web:/x'], { here: 'site', to: 'me@web.example', port: 2222, path: '/x' }],
    ['a place of no root', [at.path('plain'), 'you@box:x'], { here: 'plain', to: 'you@box', path: './x' }],
    ['the same place there', [at.path('plain'), 'box'], { here: 'plain', to: 'box', path: at.path('plain') }],
    ['a file there', [at.path('plain/f'), 'box'], { here: 'plain', below: 'f', to: 'box', path: at.path('plain') }],
    ['what .env says', [at.path('shop')], { here: 'shop', to: 'me@web.example', port: 2222, path: '/srv/shop' }],
    [
      'below it',
      [at.path('shop/src/f')],
      { here: 'shop', below: 'src/f', to: 'me@web.example', port: 2222, path: '/srv/shop' },
    ],
    [
      'and of that host',
      [at.path('shop/src'), 'web'],
      { here: 'shop', below: 'src', to: 'me@web.example', port: 2222, path: '/srv/shop' },
    ],
    ['but not of another', [at.path('shop'), 'gpu:/y'], { here: 'shop', to: 'gpu', path: '/y' }],
  ])('%s', (_, words, { here, below, to, path, port }) => {
    const { remote, ...found } = find(...words);
    expect(found).toMatchObject({ here: at.path(here), below });
    expect(remote).toEqual({ destination: to, port, path });
  });

  test('options of .env hold wherever it goes', () => {
    expect(find(at.path('shop'), 'gpu:/y').options?.passed).toEqual(['-z']);
  });
});

test.each<[string, string[], RegExp]>([
  ['neither', ['nothing-of-that-name'], /no root, no path that is there, and no host/],
  ['a path that is not there', [at.path('gone')], /no root, no path/],
  ['no host', [at.path('plain')], /Nothing says where/],
  ['one file to a folder', [at.path('plain/f'), 'box:/x'], /is no folder, and HOST:PATH names one/],
  ['an option for ssh', [at.path('plain'), '-oProxyCommand=x:/y'], /names no host/],
  ['all there is', ['/', 'box'], /as a whole/],
])('%s: says so', (_, words, message) => expect(() => find(...words)).toThrow(message));

test('several hosts are named', () => {
  const roots = [root('site', site, ['web', '~/s'], ['gpu', '~/s'])];
  expect(() => findPlace(['site'], { hosts, roots })).toThrow('site is kept with several hosts: web, gpu');
});

test('a fault in .env has its line', () => {
  at.write('bad/.env', '\nDSYNC_REMOTE=$X:/y');
  expect(() => find(at.path('bad'))).toThrow(/bad\/\.env:2: DSYNC_REMOTE: nothing expands/);
});
