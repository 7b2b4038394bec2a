import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { testDesks } from './harness/e2e.ts';
import { until } from './harness/eventually.ts';

test('switch-host there and back: files, session and server are there, then here again with the original layout', {
  timeout: 300_000,
}, async () => {
  await using desks = await testDesks();
  const { a, b, pair, port, sitDown, served } = desks;
  await sitDown();
  const layout = await a.tmux('list-windows', '-t', 'work', '-F', '#{window_layout}');
  writeFileSync(pair.a.path('app/notes'), 'two');

  const planned = await a.switchHost('B', '--dry-run', '--json');
  expect(planned).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(planned.stdout)).toMatchObject({
    outcome: 'planned',
    to: { name: 'B' },
    findings: [],
    plan: { attach: 'work', services: [{ ports: [port] }] },
  });
  expect(await b.tmux('ls').catch(() => 'none')).toBe('none');
  expect(JSON.parse((await pair.b.run('handoff', 'list', '--json')).stdout).snapshots ?? []).toEqual([]);
  await served('a');

  const asked = await a.switchHost('B');
  expect(asked).toMatchObject({ code: 3, stderr: expect.stringContaining('no terminal to ask in') });
  await served('a');

  const gone = await a.switchHost('B', '--yes', '--json', '--size', '100x31');
  expect(gone.code).toBe(0);
  const { outcome, report } = JSON.parse(gone.stdout);
  expect({ outcome, complete: report.complete }).toEqual({ outcome: 'handed-over', complete: true });
  await served('b');
  expect(await b.tmux('list-panes', '-s', '-t', 'work', '-F', '#{pane_current_path} #{pane_current_command}')).toBe(
    `${pair.b.path('app')} bash\n${pair.b.path('app')} node\n`,
  );
  expect(await b.tmux('display-message', '-p', '-t', 'work', '#{window_width}x#{window_height}')).toBe('100x30\n');
  expect(await a.tmux('show-options', '-v', '-t', 'work', '@dsync_owner')).toBe('B\n');

  // What is left here is not handed over a second time.
  const twice = await a.switchHost('B', '--yes', '--no-attach');
  expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('has been on B since') });
  await served('b');

  const back = await a.switchHost('--back', '--yes', '--no-attach');
  expect(back).toMatchObject({ code: 0, stderr: expect.stringContaining('See it: tmux attach-session -t =work') });
  await served('a');
  expect(await a.tmux('list-windows', '-t', 'work', '-F', '#{window_layout}')).toBe(layout);
  expect(await a.tmux('show-options', '-qv', '-t', 'work', '@dsync_owner')).toBe('');
  expect(await b.tmux('show-options', '-v', '-t', 'work', 'status-style')).toBe('bg=red,fg=white\n');
});

test('what stands in the way is said before anything is touched, once and with its cure', {
  timeout: 300_000,
}, async () => {
  await using desks = await testDesks();
  const { a, b, pair, sitDown, served } = desks;
  await sitDown();
  const stays = async (args: readonly string[], said: RegExp): Promise<void> => {
    const { code, stderr } = await a.switchHost(...args);
    expect({ args, code, stderr }).toEqual({ args, code: 1, stderr: expect.stringMatching(said) });
    expect(stderr.match(/^dsync:|^switch-host:/gm)).toHaveLength(1);
    await served('a');
    expect(await b.tmux('ls').catch(() => 'none')).toBe('none');
  };
  await stays(['nowhere', '--yes', '--no-attach'], /no host nowhere[\s\S]*dsync host ls/);
  await stays(['B', '--yes', '--no-attach', '--map', '/there=/not-here'], /\/not-here[\s\S]*nothing was stopped/i);
  await stays(['B', '--yes', '--no-attach', '--session', 'play'], /play[\s\S]*tmux ls/);
  await stays(['B', '--from', 'B'], /exclude one another/);
  await stays(['--back', '--yes'], /No session came here/);

  await pair.a.dsync('pause');
  await stays(['B', '--yes', '--no-attach'], /paused[\s\S]*dsync resume/);
  await pair.a.dsync('resume');
  await pair.inSync();

  // The other host is off: nothing is stopped, and it is offered there as soon as it is back.
  await pair.sshd.kill();
  await stays(['B', '--yes', '--no-attach'], /Could not reach B[\s\S]*offered to B/);
  await pair.sshd.restart();
  await until('B is offered the session', async () => {
    const { stdout } = await pair.b.run('handoff', 'status', '--json');
    return JSON.parse(stdout).elsewhere.some(({ offered }: { offered?: string }) => offered === 'B');
  });
});
