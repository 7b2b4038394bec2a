import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startDesks } from './harness/handoff.ts';

test('switch-host there and back: the files, the session and its server are there, and here again', async () => {
  await using desks = await startDesks();
  const { a, b, pair, sitDown, served } = desks;
  await sitDown();
  const layout = await a.tmux('list-windows', '-t', 'work', '-F', '#{window_layout}');
  writeFileSync(pair.a.path('app/notes'), 'two');

  const planned = await a.switchHost('B', '--dry-run', '--json');
  expect(planned.stderr).toBe('');
  console.log(planned.stdout.slice(0, 3000));
  const gone = await a.switchHost('B', '--yes', '--no-attach');
  console.log(gone.stdout, gone.stderr);
  expect(gone.code).toBe(0);
  await served('b');
  console.log(
    await b.tmux(
      'list-panes',
      '-a',
      '-F',
      '#{session_name} #{window_layout} #{pane_current_path} #{pane_current_command}',
    ),
  );
  const back = await a.switchHost('--back', '--yes', '--no-attach');
  console.log(back.stdout, back.stderr);
  expect(back.code).toBe(0);
  await served('a');
  expect(await a.tmux('list-windows', '-t', 'work', '-F', '#{window_layout}')).toBe(layout);
});
