import { expect, test } from 'vitest';
import { createHostIds } from './host-ids.ts';

const HOST = {
  ...{ destination: 'x', transport: 'auto' as const, bridgeCommand: 'bridge', facts: {}, paused: false },
};

test('a host is known by the agent that was met under its name, for as long as there is such a host', () => {
  let hosts: ({ readonly name: string; readonly hostId?: string } & typeof HOST)[] = [
    { ...HOST, name: 'gpu', hostId: 'first' },
    { ...HOST, name: 'vps' },
  ];
  const met: string[] = [];
  const ids = createHostIds(
    () => hosts,
    (name, hostId) => met.push(`${name} ${hostId}`),
  );
  expect(ids.nameOf('first')).toBe('gpu');
  ids.met('gpu', 'first');
  ids.met('gpu', 'second');
  ids.met('vps', 'third');
  ids.met('nobody', 'fourth');
  expect(met).toEqual(['gpu second', 'vps third']);
  expect(['first', 'second', 'third', 'fourth'].map(ids.nameOf)).toEqual([undefined, 'gpu', 'vps', undefined]);
  hosts = [];
  ids.forget('vps');
  hosts = [{ ...HOST, name: 'vps' }];
  expect(ids.nameOf('third')).toBeUndefined();
});
