import { expect, test } from 'vitest';
import type { RootStatus, Status } from '../control/api.ts';
import { markOf } from './shell-files.ts';

const root = (parts: Partial<RootStatus>): RootStatus => ({
  id: '1',
  name: 'r',
  path: '/r',
  state: 'in-sync',
  files: 0,
  folders: 0,
  bytes: 0,
  watch: { method: 'inotify', watches: 0, unwatched: 0 },
  apply: { method: 'exchange' },
  peers: [],
  latency: { count: 0, p50Ms: 0, p95Ms: 0 },
  problems: [],
  skipped: [],
  conflicts: 0,
  heldDeletes: 0,
  ...parts,
});
const peer = (toSend: number, toReceive: number, state: 'syncing' | 'refused' = 'syncing') => ({
  host: 'b',
  state,
  toSend,
  toReceive,
  toReceiveBytes: 0,
});
const status = (state: Status['state'], ...roots: RootStatus[]): Status => ({
  version: '0',
  hostName: 'a',
  hostId: 'a',
  pid: 1,
  startedAt: 0,
  state,
  hosts: [],
  roots,
  loop: { maxBlockedMs: 0 },
  memoryBytes: 0,
});

test.each([
  ['✓', status('in-sync', root({}))],
  ['↻', status('syncing', root({ state: 'scanning' }))],
  ['↻5', status('syncing', root({ peers: [peer(2, 1)] }), root({ peers: [peer(2, 0)] }))],
  ['!3', status('attention', root({ conflicts: 2 }), root({ heldDeletes: 1 }))],
  ['!1', status('attention', root({ state: 'halted' }))],
  ['!1', status('attention', root({ peers: [peer(0, 0, 'refused')] }))],
  ['…', status('offline', root({ state: 'offline' }))],
  ['‖', status('paused', root({ state: 'paused' }))],
  ['·', status('idle')],
])('the prompt says %s', (mark, given) => {
  expect(markOf(given)).toBe(mark);
});
