import pc from 'picocolors';
import { expect, test } from 'vitest';
import type { RootProgress, Transfer } from '../control/api.ts';
import { formatProgress } from './format-progress.ts';

const TRANSFER: Transfer = {
  files: 5000,
  filesDone: 1234,
  bytes: 400 << 20,
  bytesDone: 100 << 20,
  bytesPerSecond: 35 << 20,
  leftMs: 8600,
  inFlight: [],
};

function lines(own: Partial<Transfer>, direction: 'sending' | 'receiving' = 'sending'): string[] {
  const peer: RootProgress['peers'][number] = { host: 'gpu', state: 'syncing', toSend: 1, toReceive: 1 };
  return formatProgress(
    [{ root: 'code', peers: [{ ...peer, [direction]: { ...TRANSFER, ...own } }] }],
    pc.createColors(false),
  );
}

test.each<[string, Partial<Transfer>, string]>([
  [
    'bytes tell how far it is',
    {},
    '  code  to gpu  █████░░░░░░░░░░░░░░░  25 %  1,234 of 5,000 files  100 MiB of 400 MiB  35 MiB/s  8.6 s left',
  ],
  [
    'without bytes the number of files does',
    { bytes: 0, bytesDone: 0, bytesPerSecond: 0 },
    '  code  to gpu  ████░░░░░░░░░░░░░░░░  24 %  1,234 of 5,000 files      8.6 s left',
  ],
  [
    'nothing that moves: no speed and no time',
    { bytesPerSecond: 0, leftMs: undefined },
    '  code  to gpu  █████░░░░░░░░░░░░░░░  25 %  1,234 of 5,000 files  100 MiB of 400 MiB',
  ],
  [
    'all bytes are there, and one file is not: not all is done',
    { filesDone: 4999, bytesDone: 400 << 20, leftMs: undefined },
    '  code  to gpu  ███████████████████░  99 %  4,999 of 5,000 files  400 MiB of 400 MiB  35 MiB/s',
  ],
])('%s', (_, transfer, line) => {
  expect(lines(transfer)).toEqual([line]);
});

test('what is in flight follows, and obeys no terminal', () => {
  const inFlight = [{ path: 'data/big\u001b.bin', bytes: 256 << 20, bytesDone: 12 << 20 }];
  expect(lines({ inFlight }, 'receiving')).toEqual([
    expect.stringContaining('code  from gpu  █'),
    '    from gpu: data/big\\x1b.bin, 12 MiB of 256 MiB',
  ]);
});

test('a host with nothing to do has no line', () => {
  const peer = { host: 'gpu', state: 'in-sync', toSend: 0, toReceive: 0 } as const;
  expect(formatProgress([{ root: 'code', peers: [peer] }], pc.createColors(false))).toEqual([]);
});
