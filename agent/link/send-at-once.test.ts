import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { sendAtOnce } from './send-at-once.ts';
import type { SshExec } from './ssh-session.ts';

test('runs a command that does nothing, and waits for its end', async () => {
  const commands: string[] = [];
  const stream = new PassThrough();
  const exited = new Promise<Awaited<SshExec['exited']>>((resolve) =>
    stream.once('finish', () => resolve({ code: 0, signal: undefined })),
  );
  await sendAtOnce({
    async exec(command) {
      commands.push(command);
      return { stream, stderr: new PassThrough(), exited };
    },
  });
  expect(commands).toEqual(['true']);
});

test('a server that allows no commands is none the worse', async () => {
  await sendAtOnce({ exec: () => Promise.reject(new Error('administratively prohibited')) });
});
