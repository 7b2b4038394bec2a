import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { silentLog } from '../../platform/log.ts';
import { socketPair } from '../link/fixtures/socket-pair.ts';
import type { HostLink } from './host-link.ts';
import { openStripes } from './open-stripes.ts';

/** A link so far away whose greeting had that name for its stripes, and what was opened and added to it. */
function createScene({ rttMs = 20, stripes }: { readonly rttMs?: number; readonly stripes?: string }) {
  const added: Duplex[] = [];
  const asked: string[] = [];
  const channel = { addStripe: (stream: Duplex) => void added.push(stream) };
  const greeting = { ...(stripes !== undefined && { stripes }) };
  const link = { name: 'B', greeting, rttMs, measured: Promise.resolve(), channel } as unknown as HostLink;
  const opened: Duplex[] = [];
  const open = async (name: string): Promise<Duplex> => {
    asked.push(name);
    const [stream] = socketPair();
    opened.push(stream);
    return stream;
  };
  return { link, open, added, asked, opened };
}

test('on a long way four are opened by the name that the other side gave', async () => {
  const { link, open, added, asked, opened } = createScene({ stripes: 'name-of-the-stripes' });
  await openStripes(link, open, silentLog());
  expect(asked).toEqual(Array.from({ length: 4 }, () => 'name-of-the-stripes'));
  expect(added).toEqual(opened);
});

test.each([
  ['the way is short', { rttMs: 3.9, stripes: 'name-of-the-stripes' }],
  ['the other agent knows none', {}],
])('where %s there are none', async (_, how) => {
  const { link, open, asked } = createScene(how);
  await openStripes(link, open, silentLog());
  expect(asked).toEqual([]);
});

test('what cannot be opened is done without', async () => {
  const { link, added } = createScene({ stripes: 'name-of-the-stripes' });
  await openStripes(link, () => Promise.reject(new Error('administratively prohibited')), silentLog());
  expect(added).toEqual([]);
});
