import { rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { resolveHome } from '../platform/home.ts';
import { testPair } from './harness/e2e.ts';

test('a second agent of the same home ends at once, and the first goes on', async () => {
  await using pair = await testPair({ files: { a: { f: '1' } } });
  const first = await pair.a.pid();
  for (const args of [['start'], ['start', '--foreground']]) {
    expect(await pair.a.run(...args)).toMatchObject({ code: 0 });
  }
  expect(await pair.a.pid()).toBe(first);
  await pair.holds({ f: '1' });
});

test('dsync start runs one in the background, dsync stop ends it', async () => {
  await using pair = await testPair({ linked: false });
  expect(await pair.a.dsync('start')).toMatch(/is running/);
  const running = await pair.a.pid();
  expect(running).toBeDefined();
  expect(await pair.a.dsync('start')).toContain(`${running}`);
  await pair.a.dsync('stop');
  expect(await pair.a.pid()).toBeUndefined();
  expect(await pair.a.run('stop')).toMatchObject({ code: 0 });
});

test('many that start at once leave one', async () => {
  await using pair = await testPair({ linked: false });
  const ran = await Promise.all(Array.from({ length: 4 }, () => pair.a.run('start')));
  expect(ran.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  const pids = ran.map(({ stdout }) => /pid (\d+)/.exec(stdout)?.[1]);
  expect(new Set(pids).size).toBe(1);
  await pair.a.dsync('stop');
});

test('a socket that a killed agent left is no obstacle', async () => {
  await using pair = await testPair({ linked: false });
  await pair.a.dsync('start');
  await pair.a.kill();
  await pair.a.dsync('start');
  expect(await pair.a.pid()).toBeDefined();
  await pair.a.kill();
  // Not even a socket any more, as after a disk that was restored from a backup.
  rmSync(resolveHome(pair.a.env).socket, { force: true });
  writeFileSync(resolveHome(pair.a.env).socket, '');
  await pair.a.dsync('start');
  await pair.a.dsync('stop');
});
