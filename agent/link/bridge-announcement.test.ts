import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { announceSocket, readAnnouncement } from './bridge-announcement.ts';

const path = '/home/ä b/agent.sock';

test('is found after what a login shell prints, however it is cut, and stays in the stream', async () => {
  const all = Buffer.from(`Welcome!\n${announceSocket(path)}\ndsync-link\nrest`);
  for (let cut = 0; cut <= all.length; cut++) {
    const stream = new PassThrough();
    stream.write(all.subarray(0, cut));
    const announced = readAnnouncement(stream);
    stream.write(all.subarray(cut));
    expect(await announced).toBe(path);
    stream.end();
    expect(await text(stream)).toBe(all.toString());
  }
});

test.each([
  ['no path', '\ndsync-socket 7\n'],
  ['a relative path', '\ndsync-socket "agent.sock"\n'],
  ['no JSON', '\ndsync-socket {\n'],
  ['nothing of it for too long', 'x'.repeat((64 << 10) + 1)],
])('%s is none', async (_, said) => {
  const stream = new PassThrough();
  stream.write(said);
  expect(await readAnnouncement(stream)).toBeUndefined();
});

test('an end without it is none', async () => {
  const stream = new PassThrough();
  stream.end('sh: node: not found\n');
  expect(await readAnnouncement(stream)).toBeUndefined();
});
