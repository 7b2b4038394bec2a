import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { resolveHome } from '../../platform/home.ts';
import type { RootStatus, Status } from '../control/api.ts';
import { keepShellFiles, markOf, shellFolder } from './shell-files.ts';

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
const status = (state: Status['state'], ...roots: RootStatus[]) => ({ state, hosts: [], roots });

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

test('shells find the state and the hosts, as of late, until the agent ends', async () => {
  const base = mkdtempSync(join(tmpdir(), 'dsync-shell-'));
  onTestFinished(() => rmSync(base, { recursive: true }));
  const home = resolveHome({ DSYNC_HOME: base });
  const host = (name: string) => ({ name, destination: name, state: 'connected' as const });
  let glance = { ...status('syncing', root({ peers: [peer(2, 1)] })), hosts: [host('gpu')] };
  let changed: () => void = () => undefined;
  const files = keepShellFiles(
    {
      glance: () => glance,
      knownHosts: () => ['laptop', 'gpu'],
      onState: (listener) => {
        changed = listener;
      },
    },
    { home, onFailure: (error) => expect(error).toBeUndefined() },
  );
  const read = (name: string): string => readFileSync(join(shellFolder(home), name), 'utf8');
  expect(read('state')).toBe(`${process.pid} ↻3\n`);
  expect(read('hosts')).toBe('gpu\nlaptop\n');
  glance = { ...status('in-sync', root({})), hosts: [host('gpu'), host('vps')] };
  changed();
  await vi.waitFor(() => expect(read('state')).toBe(`${process.pid} ✓\n`));
  expect(read('hosts')).toBe('gpu\nlaptop\nvps\n');
  files[Symbol.dispose]();
  expect(existsSync(join(shellFolder(home), 'state'))).toBe(false);
});
