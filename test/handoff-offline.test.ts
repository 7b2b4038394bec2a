import { expect, test } from 'vitest';
import { testDesks } from './harness/e2e.ts';
import { eventually, until } from './harness/eventually.ts';

test('the host with the session is gone: another goes on from what had come, and the first stands back', {
  timeout: 300_000,
}, async () => {
  await using desks = await testDesks();
  const { a, b, pair, sitDown, served, answer } = desks;
  await sitDown();
  const { hostName } = await pair.a.status();

  const early = await b.switchHost('--from', hostName, '--takeover', '--yes', '--no-attach');
  expect(early).toMatchObject({ code: 1, stderr: expect.stringMatching(/can be reached/) });

  await pair.a.dsync('handoff', 'upkeep');
  await until('the snapshot has come to B', async () => {
    const { stdout } = await pair.b.run('handoff', 'status', '--json');
    return JSON.parse(stdout).elsewhere.some((one: { host: string }) => one.host === hostName);
  });
  await pair.inSync();
  // As if the power had gone, but for the session itself, which is to be seen again.
  await pair.a.kill();
  await a.tmux('send-keys', '-t', 'work:code.1', 'C-c');
  await until('the server has ended', async () => (await answer()) === undefined);
  await until('B has noticed', async () => (await pair.b.status()).hosts.every(({ state }) => state !== 'connected'));

  const planned = await b.switchHost('--from', hostName, '--takeover', '--dry-run');
  expect(planned).toMatchObject({ code: 0, stderr: expect.stringMatching(/snapshot is .* old[\s\S]*is not here/) });
  await pair.b.dsync('stop');
  const unasked = await b.switchHost('--from', hostName, '--takeover', '--dry-run');
  expect(unasked).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/agent is not running here.*can be reached/),
  });
  await pair.b.start();
  const taken = await b.switchHost('--from', hostName, '--takeover', '--yes', '--no-attach');
  expect(taken).toMatchObject({ code: 0, stderr: expect.stringContaining('work is on this host now') });
  await served('b');

  await pair.a.start();
  await eventually(async () => {
    const { sessions } = JSON.parse((await pair.a.run('handoff', 'status', '--json')).stdout);
    expect(sessions).toMatchObject([{ isHere: false, epoch: 1, takenOver: true }]);
    expect(await a.tmux('show-options', '-v', '-t', 'work', 'status-style')).toBe('bg=red,fg=white\n');
  });
  const refused = await a.switchHost('B', '--yes', '--no-attach');
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/has been on B|has been on/) });

  const back = await a.switchHost('--from', 'B', '--yes', '--no-attach');
  expect(back).toMatchObject({ code: 0 });
  await served('a');
  expect(await a.tmux('show-options', '-qv', '-t', 'work', 'status-style')).toBe('');
});
