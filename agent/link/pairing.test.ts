import { createHash } from 'node:crypto';
import { type Duplex, duplexPair } from 'node:stream';
import { expect, test } from 'vitest';
import { generateDeviceKey } from './device-key.ts';
import { createLinePort } from './line-port.ts';
import { type PairingHello, type PairingOptions, pairingCode, pairOver } from './pairing.ts';

const [keyA, keyB, keyM] = [generateDeviceKey(), generateDeviceKey(), generateDeviceKey()].map(
  (key) => key.publicKey,
) as [string, string, string];
const helloA: PairingHello = { hostId: 'host-id-a', hostName: 'a' };
const helloB: PairingHello = { hostId: 'host-id-b', hostName: 'b' };
const { signal } = new AbortController();

type Side = Pick<PairingOptions, 'role' | 'ownKey' | 'peerKey' | 'self'> & { readonly stream: Duplex };

/** Resolves with what came of it and the code that was shown. */
async function meet({ stream, ...options }: Side, answer: boolean | Promise<boolean> = true) {
  let shown = '';
  const met = pairOver(createLinePort(stream), {
    ...options,
    signal,
    accept: async (code) => {
      shown = code;
      return await answer;
    },
  });
  const peer = await met.finally(() => stream.end()).catch((error: unknown) => error);
  return { peer, shown };
}

function sides(): { listener: Side; dialer: Side } {
  const [a, b] = duplexPair();
  return {
    listener: { role: 'listener', ownKey: keyA, peerKey: keyB, self: helloA, stream: a },
    dialer: { role: 'dialer', ownKey: keyB, peerKey: keyA, self: helloB, stream: b },
  };
}

test('both sides show one code of six digits, and know each other once both said yes', async () => {
  const { listener, dialer } = sides();
  const [here, there] = await Promise.all([meet(listener), meet(dialer)]);
  expect(here.shown).toMatch(/^\d{3} \d{3}$/);
  expect(there.shown).toBe(here.shown);
  expect([here.peer, there.peer]).toEqual([helloB, helloA]);
});

test('the code is another one each time', async () => {
  const codes = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const { listener, dialer } = sides();
    codes.add((await Promise.all([meet(listener), meet(dialer)]))[0].shown);
  }
  expect(codes.size).toBeGreaterThan(17);
});

test.each([
  ['listener', false, true],
  ['dialer', true, false],
])('a no of the %s is a no on both sides', async (_, here, there) => {
  const { listener, dialer } = sides();
  const results = await Promise.all([meet(listener, here), meet(dialer, there)]);
  for (const { peer } of results) expect(peer).toMatchObject({ code: 'NOT_TRUSTED' });
});

test('who is still being asked when the other side says no is asked no longer', async () => {
  const { listener, dialer } = sides();
  const never = new Promise<boolean>(() => {});
  const [here] = await Promise.all([meet(listener, never), meet(dialer, false)]);
  expect(here.peer).toMatchObject({ code: 'NOT_TRUSTED' });
});

test('a connection that breaks before both said yes pairs nobody', async () => {
  const { listener, dialer } = sides();
  const met = meet(listener, new Promise<boolean>(() => {}));
  dialer.stream.end();
  expect((await met).peer).toMatchObject({ code: 'HOST_UNREACHABLE' });
});

/** Someone in between, who speaks the protocol with each side under a key of his own. */
function inBetween() {
  const [a, ma] = duplexPair();
  const [b, mb] = duplexPair();
  return {
    victims: {
      listener: { role: 'listener', ownKey: keyA, peerKey: keyM, self: helloA, stream: a } as const,
      dialer: { role: 'dialer', ownKey: keyB, peerKey: keyM, self: helloB, stream: b } as const,
    },
    toListener: { role: 'dialer', ownKey: keyM, peerKey: keyA, self: helloB, stream: ma } as const,
    toDialer: { role: 'listener', ownKey: keyM, peerKey: keyB, self: helloA, stream: mb } as const,
  };
}

test('with someone in between the two codes differ', async () => {
  for (let i = 0; i < 30; i++) {
    const { victims, toListener, toDialer } = inBetween();
    const [here, there] = await Promise.all([
      meet(victims.listener),
      meet(victims.dialer),
      meet(toListener),
      meet(toDialer),
    ]);
    expect(here.shown).toMatch(/^\d{3} \d{3}$/);
    expect(there.shown).not.toBe(here.shown);
  }
});

test('someone in between who passes everything on as it is makes no code alike either', async () => {
  const { victims, toListener, toDialer } = inBetween();
  toListener.stream.pipe(toDialer.stream).pipe(toListener.stream);
  const [here, there] = await Promise.all([meet(victims.listener), meet(victims.dialer)]);
  // The commitment holds the keys as the listener saw them: the dialer sees others.
  expect(there.peer).toMatchObject({ code: 'NOT_TRUSTED' });
  expect(here.peer).not.toEqual(helloB);
});

test('a number that was chosen after the other one was seen is found out', async () => {
  const { dialer, listener } = sides();
  const cheat = (async () => {
    const port = createLinePort(listener.stream);
    port.send({ pairing: 1, hello: helloA, commitment: createHash('sha256').update('any').digest('hex') });
    await new Promise((resolve) => listener.stream.once('data', resolve));
    port.send({ nonce: '00'.repeat(32) });
  })();
  const { peer, shown } = await meet(dialer);
  await cheat;
  expect(peer).toMatchObject({ code: 'NOT_TRUSTED' });
  expect(shown).toBe('');
});

test.each([
  ['nonsense', 'nonsense\n'],
  ['a line without an end', 'x'.repeat(20_000)],
  ['a name that is none', '{"pairing":1,"hello":{"hostId":"host-id-a","hostName":"../a"},"commitment":"00"}\n'],
])('%s ends it', async (_, text) => {
  const { dialer, listener } = sides();
  listener.stream.write(text);
  expect((await meet(dialer)).peer).toMatchObject({ code: 'PEER_INVALID' });
});

test('any change to what goes in is another code', () => {
  const keys = { listener: keyA, dialer: keyB };
  const hellos = { listener: helloA, dialer: helloB };
  const nonces = { listener: Buffer.alloc(32, 1), dialer: Buffer.alloc(32, 2) };
  const codes = [
    pairingCode(keys, hellos, nonces),
    pairingCode({ listener: keyB, dialer: keyA }, hellos, nonces),
    pairingCode({ ...keys, dialer: keyM }, hellos, nonces),
    pairingCode(keys, { ...hellos, dialer: { ...helloB, hostName: 'bb' } }, nonces),
    pairingCode(keys, { ...hellos, dialer: { ...helloB, hostId: 'host-id-c' } }, nonces),
    pairingCode(keys, hellos, { ...nonces, dialer: Buffer.alloc(32, 3) }),
    pairingCode(keys, hellos, { ...nonces, listener: Buffer.alloc(32, 3) }),
  ];
  expect(codes).toSatisfy((all: string[]) => all.every((code) => /^\d{3} \d{3}$/.test(code)));
  // Keys are new at each run: two of these seven are alike once in 50,000 runs.
  expect(new Set(codes).size).toBeGreaterThan(5);
});
