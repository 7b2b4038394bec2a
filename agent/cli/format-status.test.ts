import pc from 'picocolors';
import { describe, expect, test } from 'vitest';
import type { RootStatus, Status } from '../control/api.ts';
import { FAKE_STATUS } from '../control/fixtures/fake-api.ts';
import { formatStatus, needsAttention } from './format-status.ts';

const ROOT: RootStatus = {
  id: 'r1',
  name: 'code',
  path: '/home/me/code',
  state: 'in-sync',
  files: 12_345,
  folders: 800,
  bytes: 1_300_000_000,
  watch: { method: 'inotify', watches: 800, unwatched: 0 },
  apply: { method: 'exchange' },
  peers: [{ host: 'gpu', state: 'in-sync', toSend: 0, toReceive: 0, toReceiveBytes: 0 }],
  latency: { count: 500, p50Ms: 14.2, p95Ms: 61 },
  problems: [],
  skipped: [],
  conflicts: 0,
  heldDeletes: 0,
};

const TRANSFER = {
  files: 4,
  filesDone: 1,
  bytes: 5_000_000,
  bytesDone: 1_400_000,
  bytesPerSecond: 300_000,
  leftMs: 12_000,
  inFlight: [],
};

const GOOD: Status = {
  ...FAKE_STATUS,
  pid: 4711,
  state: 'in-sync',
  hosts: [{ name: 'gpu', destination: 'me@gpu', state: 'connected', transport: 'ssh2', rttMs: 28, since: 7_200_000 }],
  roots: [ROOT],
};

const BAD: Status = {
  ...GOOD,
  state: 'attention',
  hosts: [
    ...GOOD.hosts,
    {
      name: 'vps',
      destination: 'vps',
      state: 'offline',
      error: { code: 'SSH_AUTH', message: 'vps accepted none of 2 keys', cure: 'Copy one over: ssh-copy-id vps' },
    },
  ],
  roots: [
    {
      ...ROOT,
      state: 'syncing',
      peers: [
        {
          host: 'gpu',
          state: 'syncing',
          toSend: 1200,
          toReceive: 3,
          toReceiveBytes: 5_000_000,
          receiving: { ...TRANSFER, inFlight: [{ path: 'data/big\u001b.bin', bytes: 4_500_000, bytesDone: 900_000 }] },
          sending: { ...TRANSFER, files: 2400, filesDone: 1200, bytes: 0, bytesDone: 0, bytesPerSecond: 0 },
        },
        { host: 'vps', state: 'offline', reason: 'not connected', toSend: 0, toReceive: 0, toReceiveBytes: 0 },
      ],
      problems: [{ path: 'a/b', code: 'PERMISSION', cause: 'it cannot be read', cure: 'chmod u+r a/b', at: 0 }],
      skipped: [{ path: 'run.sock', kind: 'socket' }],
      conflicts: 2,
      heldDeletes: 90,
    },
    {
      ...ROOT,
      name: 'notes',
      path: '/mnt/notes',
      state: 'halted',
      reason: 'its marker is missing',
      cure: 'Mount the disk, then: dsync resume notes',
      peers: [],
      latency: { count: 0, p50Ms: 0, p95Ms: 0 },
    },
  ],
  configProblems: [{ file: '/home/me/.config/dsync/paths.txt', line: 3, cause: 'there is no host x', cure: 'Add it' }],
};

const style = {
  now: 14_400_000,
  shortPath: (path: string) => path.replace('/home/me', '~'),
};
const plain = (status: Status): string => formatStatus(status, { ...style, colors: pc.createColors(false) }).join('\n');

describe('the status', () => {
  test('of a host that is in sync', () => {
    expect(plain(GOOD)).toMatchSnapshot();
    expect(needsAttention(GOOD)).toBe(false);
  });

  test('of a host with trouble of every kind', () => {
    expect(plain(BAD)).toMatchSnapshot();
    expect(needsAttention(BAD)).toBe(true);
  });

  test('of a new installation says what comes next', () => {
    expect(plain(FAKE_STATUS)).toContain('dsync host add');
    expect(plain(FAKE_STATUS)).toContain('dsync root add');
  });

  test('says the same without colours', () => {
    const coloured = formatStatus(BAD, { ...style, colors: pc.createColors(true) }).join('\n');
    expect(coloured.replace(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '')).toBe(plain(BAD));
  });
});
