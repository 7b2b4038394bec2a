import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { runDsync, spawnDsync } from '../agent/cli/fixtures/run-dsync.ts';
import { announceSocket } from '../agent/link/bridge-announcement.ts';
import { type Place, temporaryPlace } from '../platform/fixtures/temporary-place.ts';

const places: Place[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) {
    if (existsSync(place.home.socket)) await runDsync(place, ['stop']);
    place[Symbol.dispose]();
  }
});

function newPlace(): Place {
  const place = temporaryPlace();
  places.push(place);
  return place;
}

describe('without an agent', { timeout: 60_000 }, () => {
  test('root add, ls and rm edit the files', async () => {
    const place = newPlace();
    const code = place.folder('my code');
    const added = await runDsync(place, ['root', 'add', 'my code', '--name', 'code']);
    expect(added).toMatchObject({ code: 0, stdout: `code: ${code} is kept in sync with no host yet\n` });
    expect(added.stderr).toContain('dsync start');
    expect(readFileSync(place.path('home/config/paths.txt'), 'utf8')).toBe(`'${code}' name=code\n`);
    const listed = await runDsync(place, ['root', 'ls', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject({ roots: [{ name: 'code', path: code, hosts: [] }], problems: [] });
    expect(await runDsync(place, ['root', 'rm', 'my code'])).toMatchObject({ code: 0 });
    expect(readFileSync(place.path('home/config/paths.txt'), 'utf8')).toBe('');
    expect(existsSync(code)).toBe(true);
  });

  test.each<[string, string[], number, RegExp]>([
    ['no such command', ['explode'], 2, /unknown command/],
    ['no argument', ['root', 'add'], 2, /missing required argument/],
    ['an unknown option', ['status', '--fast'], 2, /unknown option/],
    ['a host that is no host', ['root', 'add', '.', '--host', ':x'], 2, /NAME or NAME:PATH/],
    ['a relative path there', ['root', 'add', '.', '--host', 'gpu:x'], 2, /absolute/],
    ['nothing chosen', ['resolve', 'x'], 2, /choose one of/],
    ['too much chosen', ['resolve', 'x', '--mine', '--both'], 2, /choose one of/],
    ['a bad number', ['wait', '--timeout', 'soon'], 2, /number of seconds/],
    ['a shell that is none', ['completion', 'cmd'], 1, /Choose bash, zsh or fish/],
    ['a folder that is not there', ['root', 'add', 'gone'], 1, /^dsync: .* no such folder\n {2}Create it first/],
    ['an unknown host', ['root', 'add', 'user', '--host', 'gpu'], 1, /^dsync: .*gpu\n {2}List the hosts/],
    ['an unknown root', ['root', 'rm', 'x'], 1, /^dsync: No root .*\n {2}List the roots/],
    ['no agent', ['status'], 1, /^dsync: The agent is not running on this host\n {2}Start it with: dsync start\n$/],
  ])('%s: says so on stderr, without a stack', async (_, args, code, message) => {
    const ran = await runDsync(newPlace(), args);
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).not.toMatch(/^\s+at /m);
    expect(ran).toMatchObject({ code, stdout: '' });
  });

  test('DSYNC_DEBUG shows the stack', async () => {
    expect((await runDsync(newPlace(), ['status'], { DSYNC_DEBUG: '1' })).stderr).toMatch(/^\s+at /m);
  });

  test('a bad line in paths.txt is shown with its number; the others work', async () => {
    const place = newPlace();
    const good = place.folder('good');
    place.write('home/config/paths.txt', `nonsense\n${good}\n`);
    const ran = await runDsync(place, ['root', 'ls']);
    expect(ran).toMatchObject({ code: 3, stdout: expect.stringContaining(good) });
    expect(ran.stderr).toContain(`${place.path('home/config/paths.txt')}:1: `);
  });
});

describe('with an agent', { timeout: 60_000 }, () => {
  test('start, start again, status, restart, stop, stop again', async () => {
    const place = newPlace();
    const started = await runDsync(place, ['start']);
    expect(started).toMatchObject({ code: 0, stdout: expect.stringMatching(/^The agent is running \(pid \d+\)\.\n$/) });
    const pid = /\d+/.exec(started.stdout)?.[0];
    expect((await runDsync(place, ['start'])).stdout).toBe(`The agent was running already (pid ${pid}).\n`);
    const status = await runDsync(place, ['status', '--json']);
    expect(status.code).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject({ state: 'idle', pid: Number(pid) });
    expect(await runDsync(place, ['restart'])).toMatchObject({
      code: 0,
      stdout: expect.not.stringContaining(`${pid})`),
    });
    expect(await runDsync(place, ['stop'])).toMatchObject({ code: 0, stdout: expect.stringContaining('has stopped') });
    expect(await runDsync(place, ['stop'])).toMatchObject({ code: 0, stdout: 'The agent was not running.\n' });
  });

  test('an agent that ends as it starts: its last words are shown', async () => {
    const ran = await runDsync(newPlace(), ['start'], { FAKE_CRASH: '1' });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(/^dsync: The agent ended as it started: [\s\S]*the fake crashes/);
  });

  test('bridge starts it, says where it listens, joins stdio byte for byte, and ends with its stdin', async () => {
    const place = newPlace();
    const bridges = [1, 2].map(() => spawnDsync(place, ['bridge']));
    const lead = Buffer.from(announceSocket(place.home.socket));
    const sent = Buffer.alloc(3_000_000, '\u0000\n\u00ff{"open":"link"}\n', 'latin1');
    for (const bridge of bridges) {
      const stderr = text(bridge.stderr);
      bridge.stdin.write(sent);
      const received: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of bridge.stdout) {
        received.push(chunk);
        bytes += chunk.length;
        if (bytes >= lead.length + sent.length) break;
      }
      expect(Buffer.concat(received).equals(Buffer.concat([lead, sent]))).toBe(true);
      bridge.stdin.end();
      if (bridge.exitCode === null) await once(bridge, 'exit');
      expect(await stderr).toBe('');
      expect(bridge.exitCode).toBe(0);
    }
  });

  test('bridge that nothing is asked of ends with its stdin', async () => {
    const bridge = spawnDsync(newPlace(), ['bridge']);
    const said = text(bridge.stdout);
    bridge.stdin.end();
    expect(await once(bridge, 'exit')).toEqual([0, null]);
    expect(await said).toContain('dsync-socket');
  });

  test('bridge ends with the agent', async () => {
    const place = newPlace();
    const bridge = spawnDsync(place, ['bridge']);
    bridge.stdin.write('joined');
    for await (const chunk of bridge.stdout.iterator({ destroyOnReturn: false }))
      if (String(chunk).includes('joined')) break;
    const exited = once(bridge, 'exit');
    await runDsync(place, ['stop']);
    expect(await exited).toEqual([0, null]);
  });
});
