import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { quoteWords } from '../platform/quote-words.ts';
import { testDesks } from './harness/e2e.ts';
import { eventually, until } from './harness/eventually.ts';
import { SWITCH_HOST } from './harness/handoff.ts';

test('asked in a terminal, it goes there; inside the very session it leaves that tmux first, and comes back', {
  timeout: 300_000,
}, async () => {
  await using desks = await testDesks();
  const { a, b, pair, sitDown, served } = desks;
  await sitDown();
  // A terminal that a person looks at, in which A's session is shown.
  const screen = (...args: string[]): Promise<string> => a.tmux('-L', 'screen', ...args);
  const shows = (text: RegExp): Promise<string> =>
    eventually(async () => {
      const shown = await screen('capture-pane', '-p', '-t', 'eyes');
      if (!text.test(shown)) throw new Error(`The screen does not show ${text}:\n${shown}`);
      return shown;
    });
  /** The terminal, with this running in it. */
  const look = (command: string): Promise<string> =>
    screen('new-session', '-d', '-s', 'eyes', '-x', '120', '-y', '40', command);
  const type = (...keys: string[]): Promise<string> => screen('send-keys', '-t', 'eyes', ...keys);
  await look('env -u TMUX -u TMUX_PANE tmux attach -t work');
  await screen('set-option', '-t', 'eyes', 'status', 'off');
  await until('the terminal is attached', async () => (await a.tmux('list-clients')).includes('work'));
  await a.tmux('select-pane', '-t', 'work:code.0');

  // A login shell has a PATH of its own, which leads to the system's ssh.
  const go = join(pair.folder, 'go');
  const words = quoteWords([`PATH=${a.env.PATH}`, process.execPath, SWITCH_HOST]);
  writeFileSync(go, `#!/bin/sh\nexec env ${words} "$@"\n`, { mode: 0o755 });
  await type(`${go} B`, 'Enter');
  await shows(/Take it to B\?/);
  await type('Enter');
  await served('b');
  await until('the terminal is attached there', async () => (await b.tmux('list-clients')).includes('work'));
  expect(await a.tmux('list-clients')).toBe('');
  await type('pwd', 'Enter');
  await shows(new RegExp(`${pair.b.path('app')}`));

  // Leaving that tmux leaves the host; what was typed here before is back.
  await b.tmux('detach-client', '-s', 'work');
  await until('the terminal is closed', async () => !(await screen('ls').catch(() => '')).includes('eyes'));
  await look(`env -u TMUX -u TMUX_PANE ${go} --back --yes`);
  await served('a');
  await until('the terminal is attached here', async () => (await a.tmux('list-clients')).includes('work'));
  await screen('kill-server');
});
