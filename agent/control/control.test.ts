import { once } from 'node:events';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { AbsPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import type { AgentApi, AgentEvent } from './api.ts';
import { connectControl, connectSocket } from './client.ts';
import { fakeApi } from './fixtures/fake-api.ts';
import { latch, place, serve } from './fixtures/serving.ts';
import { type ServeControlOptions, serveControl } from './server.ts';

/** A raw connection that has said it is a control connection. */
async function rawControl(path: AbsPath): Promise<Socket> {
  const socket = await connectSocket(path);
  socket.write('{"open":"control"}\n');
  return socket;
}

describe('calls', () => {
  test('carry params and result; the socket is for this user alone', async () => {
    const { home } = place();
    await using _ = await serve(home.socket, {
      api: fakeApi({ ignored: async ({ path }) => ({ ignored: true, rule: path }) }),
    });
    await using client = await connectControl(home);
    expect(await client.call('ignored', { path: '/ä\n\u2028' })).toEqual({ ignored: true, rule: '/ä\n\u2028' });
    expect(statSync(home.socket).mode & 0o777).toBe(0o600);
  });

  test('bring errors back with code, message and cure; what is no DsyncError becomes INTERNAL', async () => {
    const { home } = place();
    const api = fakeApi({
      sync: () => Promise.reject(new DsyncError('ROOT_UNKNOWN', 'No root x', { cure: 'Look.' })),
      verify: () => Promise.reject(new TypeError('oops')),
    });
    await using _ = await serve(home.socket, { api });
    await using client = await connectControl(home);
    const failure = await client.call('sync', {}).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DsyncError);
    expect(failure).toMatchObject({ code: 'ROOT_UNKNOWN', message: 'No root x', cure: 'Look.' });
    await expect(client.call('verify', {})).rejects.toMatchObject({ code: 'INTERNAL', message: 'oops' });
    expect(await client.call('wait', {})).toEqual({ inSync: true });
  });

  test('run side by side, for one client and for two', async () => {
    const { home } = place();
    const gate = latch();
    const api = fakeApi({ wait: async () => gate.opened.then(() => ({ inSync: true })) });
    await using _ = await serve(home.socket, { api });
    await using first = await connectControl(home);
    await using second = await connectControl(home);
    const waits = [first.call('wait', {}), second.call('wait', {})];
    expect(await first.call('ping', {})).toMatchObject({ hostName: 'laptop' });
    expect(await second.call('ping', {})).toMatchObject({ hostName: 'laptop' });
    gate.open();
    expect(await Promise.all(waits)).toEqual([{ inSync: true }, { inSync: true }]);
  });

  test('are aborted when the client goes away', async () => {
    const { home } = place();
    const running = latch<AbortSignal>();
    const api = fakeApi({
      wait: (_, { signal }) => {
        running.open(signal);
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    await using _ = await serve(home.socket, { api });
    const client = await connectControl(home);
    const call = client.call('wait', {}).catch((error: unknown) => error);
    const signal = await running.opened;
    const aborted = once(signal, 'abort');
    client.close();
    await aborted;
    expect(await call).toMatchObject({ code: 'AGENT_UNREACHABLE' });
  });

  test('are aborted by their signal, while the connection lives on', async () => {
    const { home } = place();
    const running = latch<AbortSignal>();
    const api = fakeApi({
      wait: (_, { signal }) => {
        running.open(signal);
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    await using _ = await serve(home.socket, { api });
    await using client = await connectControl(home);
    const stop = new AbortController();
    const call = client.call('wait', {}, { signal: stop.signal }).catch((error: unknown) => error);
    const there = await running.opened;
    const aborted = once(there, 'abort');
    const reason = new Error('enough');
    stop.abort(reason);
    await aborted;
    expect(await call).toBe(reason);
    expect(await client.call('wait', {}, { signal: stop.signal }).catch((error: unknown) => error)).toBe(reason);
    expect(await client.call('ping', {})).toMatchObject({ pid: process.pid });
  });

  test('fail when the agent goes away, or stays silent', async () => {
    const { home } = place();
    const running = latch();
    const wait: AgentApi['wait'] = () => {
      running.open();
      return new Promise(() => {});
    };
    const server = await serve(home.socket, { api: fakeApi({ wait }) });
    await using client = await connectControl(home);
    await expect(client.call('wait', {}, { timeoutMs: 1 })).rejects.toMatchObject({ code: 'AGENT_UNREACHABLE' });
    const call = client.call('wait', {}).catch((error: unknown) => error);
    await running.opened;
    await server.close();
    expect(await call).toMatchObject({ code: 'AGENT_UNREACHABLE' });
    await client.closed;
    await expect(client.call('ping', {})).rejects.toMatchObject({ code: 'AGENT_UNREACHABLE' });
  });

  test('stream events in order before the result', async () => {
    const { home } = place();
    const events: AgentEvent[] = Array.from({ length: 100 }, (_, i) => ({ at: i, kind: 'sent' }));
    const api = fakeApi({ events: async (listener) => events.forEach((event) => void listener(event)) });
    await using _ = await serve(home.socket, { api });
    await using client = await connectControl(home);
    const seen: AgentEvent[] = [];
    await client.call('events', {}, { onEvent: (event) => seen.push(event) });
    expect(seen).toEqual(events);
  });

  test('an answer of megabytes arrives whole', async () => {
    const { home } = place();
    const deletes = Array.from({ length: 50_000 }, (_, i) => ({ root: 'r', path: `folder/ä/${i}`.repeat(4) }));
    await using _ = await serve(home.socket, { api: fakeApi({ held: async () => ({ deletes }) }) });
    await using client = await connectControl(home);
    expect((await client.call('held', {})).deletes).toEqual(deletes);
  });

  test('stop is answered, then done', async () => {
    const { home } = place();
    const stopped = latch();
    await using _ = await serve(home.socket, { onStop: stopped.open });
    await using client = await connectControl(home);
    expect(await client.call('stop', {})).toEqual({});
    await stopped.opened;
  });
});

describe('a connection that talks nonsense', () => {
  const BROKEN: readonly [string, string, RegExp][] = [
    ['no JSON', 'hello\n', /"id":-1.*BAD_INPUT/],
    ['no request', '{"id":"x"}\n', /"id":-1.*BAD_INPUT/],
    ['an unknown method', '{"id":7,"method":"explode","params":{}}\n', /"id":7.*UNSUPPORTED/],
    ["a method of Object's", '{"id":7,"method":"constructor","params":{}}\n', /"id":7.*UNSUPPORTED/],
    ['wrong params', '{"id":7,"method":"ignored","params":{}}\n', /"id":7.*BAD_INPUT.*path/],
    ['a line without end', 'x'.repeat(1024 * 1024 + 1), /"id":-1.*BAD_INPUT/],
  ];
  test.each(BROKEN)('%s: is told so, and harms no other', async (_, line, reply) => {
    const { home } = place();
    await using _server = await serve(home.socket);
    const socket = await rawControl(home.socket);
    // The agent may end the connection before it has taken all of an endless line.
    socket.on('error', () => {});
    socket.write(line);
    const [first] = await once(socket, 'data');
    expect(String(first)).toMatch(reply);
    socket.destroy();
    await using client = await connectControl(home);
    expect(await client.call('ping', {})).toMatchObject({ pid: process.pid });
  });

  test.each([
    ['half an opening', '{"open":"con'],
    ['no opening', 'GET / HTTP/1.1\r\n\r\n'],
    ['an endless opening', 'x'.repeat(10_000)],
    ['half a request', '{"open":"control"}\n{"id":1,"meth'],
  ])('%s, then gone: harms no other', async (_, start) => {
    const { home } = place();
    await using _server = await serve(home.socket);
    const socket = await connectSocket(home.socket);
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    socket.end(start);
    socket.resume();
    await closed;
    await using client = await connectControl(home);
    expect(await client.call('ping', {})).toMatchObject({ pid: process.pid });
  });

  test('an agent that talks nonsense ends the call', async () => {
    const { home, folder } = place();
    folder('home/state');
    const server = createServer((socket) => socket.on('error', () => {}).end('nonsense\n'));
    server.listen(home.socket);
    await once(server, 'listening');
    await using client = await connectControl(home);
    await expect(client.call('ping', {})).rejects.toMatchObject({ code: 'AGENT_UNREACHABLE' });
    server.close();
  });
});

describe('the socket', () => {
  test('without an agent: AGENT_NOT_RUNNING', async () => {
    const { home } = place();
    await expect(connectControl(home)).rejects.toMatchObject({ code: 'AGENT_NOT_RUNNING' });
  });

  test('has one agent, also when several start at once', async () => {
    const { home } = place();
    const options: ServeControlOptions = { api: fakeApi(), onLink: () => {}, onStop: () => {} };
    const all = await Promise.all([1, 2, 3].map(() => serveControl(home.socket, options)));
    expect(all.map(({ kind }) => kind).sort()).toEqual(['ALREADY_RUNNING', 'ALREADY_RUNNING', 'serving']);
    for (const one of all) if (one.kind === 'serving') await one.server.close();
    await expect(connectControl(home)).rejects.toMatchObject({ code: 'AGENT_NOT_RUNNING' });
    await (await serve(home.socket)).close();
  });

  test('of a killed agent is replaced, a plain file in its place as well', async () => {
    const { home, folder } = place();
    folder('home/state');
    await leaveStaleSocket(home.socket);
    expect(statSync(home.socket).isSocket()).toBe(true);
    await expect(connectControl(home)).rejects.toMatchObject({ code: 'AGENT_NOT_RUNNING' });
    await (await serve(home.socket)).close();
    writeFileSync(home.socket, '');
    await expect(connectControl(home)).rejects.toMatchObject({ code: 'AGENT_NOT_RUNNING' });
    await (await serve(home.socket)).close();
  });

  test('makes its folder, and refuses one that others can write', async () => {
    const { home, path } = place();
    await (await serve(home.socket)).close();
    mkdirSync(path('shared'), { mode: 0o777 });
    const { chmodSync } = await import('node:fs');
    chmodSync(path('shared'), 0o777);
    await expect(serve(path('shared/agent.sock'))).rejects.toMatchObject({ code: 'BAD_STATE' });
  });
});

/** What a killed agent leaves behind: the file of a socket that nobody listens at. */
async function leaveStaleSocket(path: AbsPath): Promise<void> {
  const { spawnSync } = await import('node:child_process');
  const script = "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
  spawnSync(process.execPath, ['-e', script, path]);
}
