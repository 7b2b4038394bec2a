import { describe, expect, test } from 'vitest';
import {
  comparesNanoseconds,
  formatRsync,
  isRsyncFrom,
  parseRsyncVersion,
  type RsyncFlavour,
} from './rsync-flavour.ts';

test.each<[string, RsyncFlavour | undefined]>([
  [
    'rsync  version 3.5.0  protocol version 32\nCopyright (C) 1996-2026 by Andrew Tridgell\n',
    { kind: 'rsync', version: '3.5.0', protocol: 32 },
  ],
  ['rsync  version 3.2.7  protocol version 31', { kind: 'rsync', version: '3.2.7', protocol: 31 }],
  ['rsync  version 3.1.0  protocol version 31', { kind: 'rsync', version: '3.1.0', protocol: 31 }],
  ['rsync  version v3.2.3  protocol version 31', { kind: 'rsync', version: '3.2.3', protocol: 31 }],
  ['rsync  version 3.4.0pre1  protocol version 31.PR14', { kind: 'rsync', version: '3.4.0pre1', protocol: 31 }],
  ['rsync  version 2.6.9  protocol version 29', { kind: 'rsync', version: '2.6.9', protocol: 29 }],
  [
    'Welcome to the machine\nrsync  version 3.2.7  protocol version 31',
    { kind: 'rsync', version: '3.2.7', protocol: 31 },
  ],
  ['openrsync: protocol version 29, rsync version 2.6.9 compatible\n', { kind: 'openrsync', protocol: 29 }],
  ['openrsync: protocol version 27', { kind: 'openrsync', protocol: 27 }],
  ['rsync: command not found', undefined],
  ['rsync error: syntax or usage error (code 1) at main.c(1778) [client=3.2.7]', undefined],
  ['', undefined],
])('%j', (output, expected) => {
  expect(parseRsyncVersion(output)).toEqual(expected);
});

const rsync = (version: string): RsyncFlavour => ({ kind: 'rsync', version, protocol: 31 });
const open: RsyncFlavour = { kind: 'openrsync', protocol: 29 };

test.each<[RsyncFlavour, string, boolean]>([
  [rsync('3.1.0'), '3.1.0', true],
  [rsync('3.1'), '3.1.0', true],
  [rsync('3.0.9'), '3.1.0', false],
  [rsync('3.10.1'), '3.2.0', true],
  [rsync('3.2.0'), '3.10.0', false],
  [rsync('4.0.0'), '3.1.3', true],
  [rsync('3.4.0pre1'), '3.4.0', true],
  [rsync('2.6.9'), '3.1.0', false],
  [open, '2.0.0', false],
])('%j is %s or later: %s', (flavour, least, expected) => {
  expect(isRsyncFrom(flavour, least)).toBe(expected);
});

describe('nanoseconds', () => {
  test('are compared where both know how', () => {
    expect(comparesNanoseconds(rsync('3.1.3'), rsync('3.2.7'))).toBe(true);
    expect(comparesNanoseconds(rsync('3.1.2'), rsync('3.2.7'))).toBe(false);
    expect(comparesNanoseconds(rsync('3.2.7'), rsync('3.1.2'))).toBe(false);
    expect(comparesNanoseconds(rsync('3.2.7'), open)).toBe(false);
  });
});

test('a flavour as people read it', () => {
  expect([formatRsync(rsync('3.2.7')), formatRsync(open)]).toEqual([
    'rsync 3.2.7 (protocol 31)',
    'openrsync (protocol 29)',
  ]);
});
