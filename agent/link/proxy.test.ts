import { buffer, text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { hopToDestination, jumpArgs, spawnProxyCommand } from './proxy.ts';

const env = { ...process.env, SHELL: '/bin/sh' };

test.each([
  ['host', 'host'],
  ['user@host', 'user@host'],
  ['user@host:2022', 'ssh://user@host:2022'],
  ['host:22', 'ssh://host:22'],
  ['[::1]:22', 'ssh://[::1]:22'],
  ['u@d@host:22', 'ssh://u@d@host:22'],
  ['ssh://u@host:22', 'ssh://u@host:22'],
])('the hop %s is the destination %s', (hop, destination) => {
  expect(hopToDestination(hop)).toBe(destination);
});

test('jump hosts are passed in their order, the last one by -W', () => {
  const args = jumpArgs(['a', 'u@b:23', 'c'], { hostname: '::1', port: 24 });
  expect(args.slice(-6)).toEqual(['-J', 'a,u@b:23', '-W', '[::1]:24', '--', 'c']);
  expect(jumpArgs(['c'], { hostname: 'h', port: 24 })).not.toContain('-J');
});

test('a ProxyCommand carries bytes both ways, and its end is the end', async () => {
  const stream = spawnProxyCommand('cat', { env });
  const bytes = Buffer.alloc(3 << 20, 'x');
  stream.end(bytes);
  expect((await buffer(stream)).equals(bytes)).toBe(true);
});

test('a ProxyCommand that fails says why', async () => {
  const stream = spawnProxyCommand("sh -c 'echo no route >&2; exit 3'", { env });
  await expect(text(stream)).rejects.toThrow('its ProxyCommand ended: no route');
});

test('a ProxyCommand that is not there says so', async () => {
  const stream = spawnProxyCommand('no-such-program', { env: { ...env, SHELL: '/no/such/shell' } });
  await expect(text(stream)).rejects.toThrow('its ProxyCommand could not be run');
});
