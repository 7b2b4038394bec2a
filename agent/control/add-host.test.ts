import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DsyncError } from '../../platform/failure.ts';
import { temporaryPlace } from '../../platform/fixtures/temporary-place.ts';
import { hostsPath, readHosts } from '../engine/config/hosts-file.ts';
import type { SshSession } from '../link/ssh-session.ts';
import { type AddHostOptions, addHost, type Installer } from './add-host.ts';

function fakeSsh({ failAt }: { readonly failAt?: string } = {}) {
  const steps: string[] = [];
  const step = (name: string): void => {
    steps.push(name);
    if (name === failAt) throw new DsyncError('HOST_UNREACHABLE', `failed at ${name}`);
  };
  const refuse = (): Promise<never> => Promise.reject(new Error('not in this test'));
  const session: SshSession = {
    transport: 'ssh2',
    exec: refuse,
    subsystem: refuse,
    connectUnix: refuse,
    closed: Promise.resolve(undefined),
    close: () => steps.push('close'),
  };
  const installer: Installer<{ os: string; tmux: undefined }> = {
    connect: async (destination) => {
      step(`connect ${destination}`);
      return session;
    },
    probeHost: async () => {
      step('probe');
      return { os: 'linux', tmux: undefined };
    },
    deployAgent: async () => {
      step('deploy');
      return { hash: 'h1', fresh: true, bridgeCommand: '/lib/dsync bridge' };
    },
  };
  return { installer, steps };
}

const OPTIONS: AddHostOptions = {
  name: 'gpu',
  destination: 'me@gpu',
  transport: 'auto',
  shipNode: false,
  askHostKey: undefined,
  onProgress: () => {},
  signal: new AbortController().signal,
};

describe('addHost', () => {
  test('connects, looks, deploys, closes, then writes', async () => {
    using place = temporaryPlace();
    const { installer, steps } = fakeSsh();
    await addHost(place.home, OPTIONS, installer);
    expect(steps).toEqual(['connect me@gpu', 'probe', 'deploy', 'close']);
    expect(readHosts(place.home)).toMatchObject([
      { name: 'gpu', destination: 'me@gpu', bridgeCommand: '/lib/dsync bridge', hash: 'h1', facts: { os: 'linux' } },
    ]);
  });

  test.each(['connect me@gpu', 'probe', 'deploy'])(
    'that fails at %s writes nothing and closes what it opened',
    async (failAt) => {
      using place = temporaryPlace();
      const { installer, steps } = fakeSsh({ failAt });
      await expect(addHost(place.home, OPTIONS, installer)).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
      expect(existsSync(hostsPath(place.home))).toBe(false);
      expect(steps.includes('close')).toBe(failAt !== 'connect me@gpu');
    },
  );

  test('looks at the name before it connects', async () => {
    using place = temporaryPlace();
    const { installer, steps } = fakeSsh();
    await expect(addHost(place.home, { ...OPTIONS, name: 'me@gpu' }, installer)).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
    expect(steps).toEqual([]);
    await addHost(place.home, OPTIONS, installer);
    await expect(addHost(place.home, OPTIONS, installer)).rejects.toMatchObject({ code: 'HOST_EXISTS' });
    expect(steps).toHaveLength(4);
  });
});
