import { expect, test } from 'vitest';
import { firstClaim } from './claim.ts';
import type { Outgoing, OutgoingPhase } from './handoff.ts';
import { openLedger } from './ledger.ts';
import type { OwnHost } from './own-steps.ts';
import { untilIdle } from './until-idle.ts';

const SELF = { id: 'host-a', name: 'a' };
const AT = '2026-01-01T00:00:00Z';
const [OWN, OTHER] = [
  { pid: 1, started: '' },
  { pid: 2, started: '' },
];
const options = { timeoutMs: 60_000, signal: new AbortController().signal };

function outgoing(phase: OutgoingPhase, worker = OTHER): Outgoing {
  const claim = firstClaim('SESSION', SELF, AT);
  const to = { id: 'host-b', name: 'b' };
  const handoff = { id: 'H', sessionKey: 'SESSION', snapshot: 'S', label: 's', from: SELF, to, claim, startedAt: AT };
  return { handoff: { ...handoff, copy: false }, phase, worker };
}

/** A host on which another process may work. */
function hostWith(isAlive: () => boolean) {
  const files = new Map<string, string>();
  const ledger = openLedger({
    read: (path) => files.get(path),
    write: (path, text) => void files.set(path, text),
    remove: (path) => void files.delete(path),
    list: (folder) =>
      [...files.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1)),
    locked: async (work) => work(),
    where: (path) => path,
  });
  const host: Pick<OwnHost, 'ledger' | 'isWorking' | 'worker'> = { ledger, worker: OWN, isWorking: isAlive };
  return { ledger, host };
}

test('what another process takes up while this one looks is waited for', async () => {
  const { host, ledger } = hostWith(() => true);
  let works = 0;
  const busy = await untilIdle(
    host,
    async () => {
      if (works++ > 0) return;
      ledger.putOutgoing(outgoing('yielded'));
      setTimeout(() => ledger.putOutgoing(outgoing('released')), 20);
    },
    options,
  );
  expect(busy).toEqual([]);
  expect(ledger.outgoing('H')?.phase).toBe('released');
});

test('what another process leaves half done is seen to', async () => {
  let isAlive = true;
  const { host, ledger } = hostWith(() => isAlive);
  ledger.putOutgoing(outgoing('yielded'));
  setTimeout(() => {
    isAlive = false;
  }, 20);
  const seen: boolean[] = [];
  await untilIdle(host, async () => void seen.push(isAlive), options);
  expect(seen).toEqual([false]);
});

test('one that does not come to an end is told, and the rest was done', async () => {
  const { host, ledger } = hostWith(() => true);
  ledger.putOutgoing(outgoing('yielded'));
  let works = 0;
  const busy = await untilIdle(host, async () => void works++, { ...options, timeoutMs: 0 });
  expect(busy.map(({ handoff }) => handoff.id)).toEqual(['H']);
  expect(works).toBe(1);
});

test('what this process could not end itself is no reason to wait', async () => {
  const { host, ledger } = hostWith(() => true);
  ledger.putOutgoing(outgoing('yielded', OWN));
  expect(await untilIdle(host, async () => {}, options)).toEqual([]);
});
