import { mkdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { DLAUNCH, expectDone, runDsync } from './harness/command.ts';
import { testPair } from './harness/e2e.ts';
import { until } from './harness/eventually.ts';
import { serverScript } from './harness/launcher.ts';
import { isAlive } from './harness/processes.ts';
import { createScratch } from './harness/scratch.ts';
import { freePort } from './sshd.ts';

function fetchText(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port }, (response) => resolve(text(response))).once('error', reject);
  });
}

test('dlaunch NAME --host: what was just saved is there, it runs in tmux there, its port is here', async () => {
  using scratch = createScratch('tmux');
  mkdirSync(join(scratch.path, 't'));
  const port = await freePort();
  const config = {
    launch: { commands: { dev: { run: [process.execPath, 'server.cjs'], port, env: { WHO: 'b c' } } } },
  };
  await using pair = await testPair({
    agentEnv: { TMUX_TMPDIR: join(scratch.path, 't'), SHELL: '/bin/sh', DLAUNCH_NO_REFRESH: '1' },
    direct: true,
    files: { a: { 'app/server.cjs': '', 'app/.dsync.json': JSON.stringify(config) } },
  });
  const { a, b } = pair;
  const { TMUX: _, ...env } = a.env;
  const run = (...args: string[]) => runDsync(args, { env, cwd: a.root, program: DLAUNCH, timeoutMs: 60_000 });
  const dlaunch = (...args: string[]) => expectDone(args, run(...args));
  await dlaunch('discover', a.root);
  expect(await run('app', '--host', 'B')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('dlaunch trust app'),
  });

  writeFileSync(a.path('app/server.cjs'), serverScript(0).replace("'hello from '", "process.env.WHO + ' at '"));
  const started = await dlaunch('app', '--host', 'B', '--yes');
  // Both hosts are this machine, so the port is taken here, and another leads to it.
  const [, here = ''] = /app dev is ready on B, in tmux session app: http:\/\/localhost:(\d+)/.exec(started) ?? [];
  expect(Number(here)).not.toBe(port);
  expect(await fetchText(Number(here))).toBe(`b c at ${b.path('app')}`);
  const { runs } = JSON.parse(await dlaunch('ps', '--json'));
  expect(runs).toMatchObject([
    { state: 'running', ports: [Number(here)], how: { kind: 'remote', host: 'B', session: 'app' } },
  ]);

  expect(await dlaunch('stop', 'app')).toBe('stopped: app dev\n');
  await until('the port is free there', () =>
    fetchText(port).then(
      () => false,
      () => true,
    ),
  );
  expect(isAlive(runs[0].how.pid)).toBe(false);
  expect(await dlaunch('ps')).toBe('');

  const nowhere = await run('app', '--host', 'no-such-host.invalid');
  expect(nowhere).toMatchObject({ code: 1, stdout: '' });
  expect(nowhere.stderr).toMatch(/is not known|Could not reach/);
});
