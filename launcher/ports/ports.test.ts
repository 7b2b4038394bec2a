import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { isFree, nextFreePort, pidOnPort, portsOf } from './listeners.ts';
import { parseLsof, parseProcNetTcp } from './parse-listeners.ts';
import { commandOf, findProcess, parsePs, processesOfRun, RUN_VARIABLE, runIdOf } from './process-table.ts';

test('listening sockets in /proc/net/tcp and tcp6, and no others', () => {
  const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000
   1: 0100007F:1F91 0100007F:1234 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0000
   2: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 4713 1`;
  expect(parseProcNetTcp(text)).toEqual([
    { port: 8080, inode: '4711' },
    { port: 3000, inode: '4713' },
  ]);
});

test('the same from lsof, processes from ps', () => {
  expect(parseLsof('p12\nf3\nn127.0.0.1:8080\nn[::1]:3000\np13\nn*:22\n')).toEqual([
    { port: 8080, pid: 12 },
    { port: 3000, pid: 12 },
    { port: 22, pid: 13 },
  ]);
  expect(parsePs('   12     1 Mon Jan  1 10:00:00 2026\nnoise\n')).toEqual([
    { pid: 12, parent: 1, started: 'Mon Jan  1 10:00:00 2026' },
  ]);
});

test('a listener is found by its port, its port by its process, and the next port is free', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    expect(pidOnPort(port)).toBe(process.pid);
    expect(portsOf([process.pid])).toContain(port);
    expect(await isFree(port)).toBe(false);
    expect(await nextFreePort(port)).toBeGreaterThan(port);
  } finally {
    server.close();
  }
});

test.runIf(process.platform === 'linux')('a process that left its parents is known by its mark', async () => {
  const child = spawn('sleep', ['60'], { env: { ...process.env, [RUN_VARIABLE]: 'mark-1' }, detached: true });
  await once(child, 'spawn');
  const { pid = 0 } = child;
  try {
    expect(processesOfRun('mark-1', process.pid)).toContain(pid);
    expect(processesOfRun('mark-1', 999_999_999)).toEqual([pid]);
    expect(processesOfRun('mark-2', 999_999_999)).toEqual([]);
    expect(runIdOf(pid)).toBe('mark-1');
    expect(commandOf(pid)).toBe('sleep 60');
    expect(findProcess(pid)).toMatchObject({ pid, parent: process.pid });
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  expect(findProcess(pid)).toBeUndefined();
});
