import { expect, test } from 'vitest';
import type { There } from '../../engine/by-hand/probe-there.ts';
import type { RsyncFlavour } from '../../transfer/rsync-flavour.ts';
import {
  diskFinding,
  exitOf,
  type Finding,
  placeFindings,
  protocolFinding,
  rsyncFinding,
  talkFinding,
} from './findings.ts';

const rsync = (version: string): RsyncFlavour => ({ kind: 'rsync', version, protocol: 31 });
const GOOD: There = {
  rsync: undefined,
  place: 'folder',
  isWritable: true,
  freeBytes: 5e9,
  clockAheadMs: 300,
  clockDoubtMs: 520,
};
const placed = (there: Partial<There>): Finding[] => placeFindings({ ...GOOD, ...there }, 'web:~/x');

test.each<[string, Finding[], Finding['state'], RegExp]>([
  ['a good rsync', [rsyncFinding('here', rsync('3.2.7'))], 'ok', /3\.2\.7 \(protocol 31\)/],
  ['no rsync', [rsyncFinding('there', undefined)], 'failed', /there is none/],
  ['an old one', [rsyncFinding('there', rsync('3.0.9'))], 'failed', /too old/],
  ['openrsync', [rsyncFinding('there', { kind: 'openrsync', protocol: 29 })], 'failed', /delete by name/],
  ['new protocols', [protocolFinding(rsync('3.2.7'), rsync('3.5.0'))], 'ok', /31, times to the nano/],
  ['an early one', [protocolFinding(rsync('3.1.1'), rsync('3.5.0'))], 'warning', /to the second/],
  ['a good place', placed({}), 'ok', /can be written/],
  ['a place to be made', placed({ place: 'missing' }), 'ok', /makes it/],
  ['a file', placed({ place: 'other' }), 'failed', /no folder/],
  ['somebody else’s', placed({ isWritable: false }), 'failed', /may not write/],
  ['a full disk', placed({ freeBytes: 1e6 }), 'warning', /only/],
  ['a clock ahead', placed({ clockAheadMs: 90_000 }), 'warning', /90 s ahead/],
  ['a clock behind', placed({ clockAheadMs: -3_600_000 * 5 }), 'warning', /5\.0 h behind|5 h behind|300 min behind/],
  ['a clock that a slow link hides', placed({ clockAheadMs: 4000, clockDoubtMs: 3000 }), 'ok', /alike/],
  ['no scripts', placeFindings(undefined, 'x'), 'unknown', /nothing but rsync/],
  ['df says nothing', [diskFinding('here', undefined)], 'unknown', /does not tell/],
  ['a stream that is one', [talkFinding(0, '', 40)], 'ok', /works/],
  ['a shell that talks', [talkFinding(12, 'protocol version mismatch -- is your shell clean?', 40)], 'failed', /clean/],
])('%s', (_, findings, state, message) => {
  const found = findings.find((one) => message.test(one.found));
  expect(found).toMatchObject({ state });
  if (state === 'failed' || state === 'warning') expect(found?.cure ?? '').not.toBe('');
});

test('the exit code says the worst', () => {
  const of = (...states: Finding['state'][]) => exitOf(states.map((state) => ({ check: '', state, found: '' })));
  expect([of('ok'), of('ok', 'unknown'), of('ok', 'warning'), of('warning', 'failed')]).toEqual([0, 0, 3, 1]);
});
