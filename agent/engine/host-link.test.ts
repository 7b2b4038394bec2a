import { expect, test } from 'vitest';
import { createChannel } from '../link/channel.ts';
import { socketPair } from '../link/fixtures/socket-pair.ts';
import type { MessageOf } from '../link/messages.ts';
import { openHostLink } from './host-link.ts';

/** Opens a link to an agent whose hello is up to the test. */
function greetedBy(hello: Partial<MessageOf<'hello'>>) {
  const [near, far] = socketPair();
  const channel = createChannel(far, () => undefined);
  channel.send({
    type: 'hello',
    protocol: 1,
    features: [],
    hostId: 'host-id-of-theirs',
    hostName: 'laptop',
    agentVersion: '9.9.9',
    ...hello,
  });
  return openHostLink(near, {
    self: { hostId: 'host-id-of-ours', hostName: 'gpu', features: ['rsync'] },
    nameOf: () => 'theirs',
    transport: 'ssh2',
    dialed: true,
    bulkLimit: () => 0,
    onMessage: () => undefined,
    onParcel: () => undefined,
  }).finally(() => channel.close());
}

test('a newer agent that still speaks our protocol is linked to, without the features that we do not know', async () => {
  const link = await greetedBy({ protocol: 7, oldest: 1, features: ['unheard-of', 'rsync'] });
  expect(link.greeting.agentVersion).toBe('9.9.9');
  expect([...link.features]).toEqual(['rsync']);
  link.close();
});

test('a newer agent that speaks our protocol no more: this host must be upgraded, and how', async () => {
  await expect(greetedBy({ protocol: 7, oldest: 2 })).rejects.toMatchObject({
    code: 'PEER_INVALID',
    message: expect.stringMatching(/^theirs has dsync 9\.9\.9 and protocol 7, this host .*; gpu must be upgraded$/),
    cure: 'Upgrade dsync on this host; or from theirs: dsync host upgrade gpu',
  });
});

test('an agent that is too old for us: it must be upgraded, and how', async () => {
  await expect(greetedBy({ protocol: 0 })).rejects.toMatchObject({
    code: 'PEER_INVALID',
    message: expect.stringMatching(/theirs must be upgraded$/),
    cure: 'dsync host upgrade theirs',
  });
});
