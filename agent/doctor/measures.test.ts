import { expect, test } from 'vitest';
import { judgePrograms } from './check-programs.ts';
import { clockDifference, clocksDiffer } from './clock.ts';
import { parseFreeDisk } from './disk.ts';
import { countWatches } from './inotify.ts';
import { namesPath } from './other-sync.ts';
import { isOlder, parseProgramVersion } from './programs.ts';
import { tailscaleWay, zerotierAddress, zerotierWay } from './relay.ts';
import { isUneven, summarizeRoundTrips } from './round-trip.ts';

test.each([
  ['fractions', '1700000010.250000000', { aheadMs: 10_200, uncertainMs: 50 }, true],
  ['a date that knows no fractions', '1700000000.N', { aheadMs: 450, uncertainMs: 550 }, false],
  ['a date that knows no fractions, far off', '1700000100.N', { aheadMs: 100_450, uncertainMs: 550 }, true],
  ['behind', '1699999990.050000000', { aheadMs: -10_000, uncertainMs: 50 }, true],
])('the clock difference is told from %s', (_, said, expected, differ) => {
  const found = clockDifference([{ askedAt: 1_700_000_000_000, answeredAt: 1_700_000_000_100, said }]);
  expect(found).toEqual(expected);
  expect(found && clocksDiffer(found)).toBe(differ);
});

test('of several answers the one with the shortest way counts; what is no time does not', () => {
  const at = (tookMs: number, said: string) => ({ askedAt: 1e12, answeredAt: 1e12 + tookMs, said });
  expect(clockDifference([at(900, '1000000009.000'), at(20, '1000000000.010'), at(1, 'motd')])).toEqual({
    aheadMs: 0,
    uncertainMs: 10,
  });
  expect(clockDifference([at(1, '')])).toBeUndefined();
});

test.each([
  ['3.0', '3.1', true],
  ['3.1', '3.1', false],
  ['3.10', '3.9', false],
  ['2.30.0', '2.30', false],
  ['20.9.1', '20.19', true],
])('%s against %s', (version, least, expected) => {
  expect(isOlder(version, least)).toBe(expected);
});

test('versions are found in what programs print', () => {
  expect(['tmux 3.3a', 'git version 2.39.5 (Apple Git-154)', 'tmux master'].map(parseProgramVersion)).toEqual([
    '3.3',
    '2.39.5',
    undefined,
  ]);
});

test.each([
  ['3.5.0', []],
  ['rsync  version 3.2.7  protocol version 31\nCopyright', []],
  ['rsync  version 2.6.9  protocol version 29', ['RSYNC_OLD: rsync is of version 2.6.9']],
  ['openrsync: protocol version 29, rsync version 2.6.9 compatible', ['RSYNC_OPENRSYNC: rsync is openrsync']],
  ['something else', ['RSYNC_OLD: rsync does not tell its version: something else']],
  [undefined, ['RSYNC_MISSING: There is no rsync']],
])('what is found of rsync %j', (rsync, expected) => {
  const found: string[] = [];
  const finding = (code: string, text: string) => void found.push(`${code}: ${text}`);
  judgePrograms(
    { detail: () => undefined, finding, add: () => undefined },
    { rsync, tmux: '3.3', git: '2.39.5' },
    'gpu',
  );
  expect(found).toEqual(expected);
});

test('free disk is told from df', () => {
  const head = 'Filesystem 1024-blocks Used Available Capacity Mounted on\n';
  expect(parseFreeDisk(`${head}/dev/sda1 1000 400 600 40% /\n`)).toBe(600 * 1024);
  expect(parseFreeDisk(head)).toBeUndefined();
});

test('watches are counted from fdinfo', () => {
  expect(countWatches('pos:\t0\nflags:\t00\ninotify wd:2 ino:5\ninotify wd:1 ino:4\n')).toBe(2);
});

test('the round trip is the median, the jitter the mean step', () => {
  expect(summarizeRoundTrips([10, 12, 10, 30])).toEqual({ medianMs: 12, jitterMs: 8, maxMs: 30 });
  expect(isUneven({ medianMs: 20, jitterMs: 50, maxMs: 200 })).toBe(true);
  expect(isUneven({ medianMs: 200, jitterMs: 50, maxMs: 300 })).toBe(false);
});

test.each([
  ['as a whole', '\n\x0a/home/me/code\x12', true],
  ['as the start of another name', '/home/me/code-old', false],
  ['both', '/home/me/code.old \n/home/me/code', true],
  ['with something below', '/home/me/code/app', true],
])('a path stands in a session file %s', (_, text, expected) => {
  expect(namesPath(text, '/home/me/code')).toBe(expected);
});

const tailscale = (peer: object) => JSON.stringify({ Peer: { key: { TailscaleIPs: ['100.64.0.2'], ...peer } } });

test.each([
  ['a peer with an address', tailscale({ CurAddr: '192.0.2.7:41641', Relay: 'fra' }), 'direct by 192.0.2.7:41641'],
  ['a peer without one', tailscale({ CurAddr: '', Relay: 'fra', Active: true }), 'relayed by fra'],
  ['an idle peer', tailscale({ CurAddr: '', Relay: 'fra', Active: false }), undefined],
  ['no peers', '{"Peer":null}', undefined],
  ['no Tailscale', '', undefined],
])('Tailscale: %s', (_, json, expected) => {
  const way = tailscaleWay(json, '100.64.0.2');
  expect(way && `${way.kind} by ${way.by}`).toBe(expected);
});

test('ZeroTier: a neighbour is known by its hardware address on the network', () => {
  // MAC::fromAddress of ZeroTierOne 1.14 for 9e1234abcd on 8056c2e21c000001: 9e^00 12^00 34^1c ab^e2 cd^c2.
  const mac = '82:9e:12:28:49:0f';
  expect(zerotierAddress(mac, '8056c2e21c000001')).toBe('9e1234abcd');
  const networks = JSON.stringify([{ id: '8056c2e21c000001', portDeviceName: 'zt0' }]);
  const peers = (paths: object[]) => JSON.stringify([{ address: '9e1234abcd', paths }]);
  const way = (paths: object[]) => zerotierWay({ networks, peers: peers(paths), mac });
  expect(way([])?.kind).toBe('relayed');
  expect(way([{ address: '192.0.2.7/9993', active: true }])).toMatchObject({ kind: 'direct', by: '192.0.2.7/9993' });
  expect(zerotierWay({ networks, peers: '[]', mac })).toBeUndefined();
});
