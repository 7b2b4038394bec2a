/**
 * How two people, each at one of two hosts, make sure that these hosts talk to each other and to nobody in between.
 *
 * SSH has proved to each side that the other one owns the device key which it shows, but not whose key that is. So both
 * sides show a short code, made from both keys as each side sees them, and the people compare. Someone in between, who
 * shows keys of his own, would have to find some that give the same code twice. He cannot try: the listening side
 * commits to a random number before it learns the other one's, and tells it only after; each code is fixed at random
 * once his own choice is made. One guess in a million is right, and each costs a person's yes.
 *
 * listener                       dialer
 *   hello, commitment     →
 *                         ←      hello, nonce
 *   nonce                 →                     (the dialer checks the commitment)
 *   both show the code, and ask; both send their answer; paired once both said yes
 *
 * Source: numeric comparison in Bluetooth Core 5.4, vol 3 part H 2.3.5.6.2, and RFC 6189, 4.4.1.1.
 *
 * @module
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { DsyncError } from '../../platform/failure.ts';
import { hostNameSchema } from '../../platform/host-name.ts';
import type { LinePort } from './line-port.ts';

const NONCE_BYTES = 32;
const CODE_DIGITS = 6;

const helloSchema = z.object({ hostId: z.string().min(8).max(200), hostName: hostNameSchema });
export type PairingHello = z.infer<typeof helloSchema>;

const bytesSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((hex) => Buffer.from(hex, 'hex'));
const openingSchema = z.object({ pairing: z.literal(1), hello: helloSchema, commitment: bytesSchema });
const replySchema = z.object({ hello: helloSchema, nonce: bytesSchema });
const revealSchema = z.object({ nonce: bytesSchema });
const answerSchema = z.object({ accepted: z.boolean() });

export interface PairingOptions {
  readonly role: 'listener' | 'dialer';
  /** Device keys, one public key line each, as SSH has proved them. */
  readonly ownKey: string;
  readonly peerKey: string;
  readonly self: PairingHello;
  /**
   * Shows the code and asks the person here, until the signal says that the other side is through with it. May throw
   * where the peer cannot be taken in whatever the answer is.
   */
  readonly accept: (code: string, peer: PairingHello, options: { readonly signal: AbortSignal }) => Promise<boolean>;
  readonly signal: AbortSignal;
}

/**
 * Resolves with who the other side is once the people on both sides have accepted.
 *
 * @throws {DsyncError} NOT_TRUSTED one of them did not, or the other side broke the rules; PEER_INVALID, HOST_UNREACHABLE
 */
export async function pairOver(port: LinePort, options: PairingOptions): Promise<PairingHello> {
  const { accept, signal } = options;
  const { code, peer } = options.role === 'listener' ? await listen(port, options) : await dial(port, options);
  // The other one may be through with it first, or leave: this side must not ask on then.
  const theirs = port.next(answerSchema, { signal });
  theirs.catch(() => {});
  const asking = new AbortController();
  const accepted = await Promise.race([
    accept(code, peer, { signal: AbortSignal.any([signal, asking.signal]) }),
    theirs.then(
      (answer) => (answer.accepted ? new Promise<never>(() => {}) : Promise.reject(refusedThere(peer))),
      (error: unknown) => Promise.reject(error),
    ),
  ]).finally(() => asking.abort());
  port.send({ accepted });
  if (!accepted) throw new DsyncError('NOT_TRUSTED', 'The codes were not confirmed here', { cure: NOTHING_STAYS });
  if (!(await theirs).accepted) throw refusedThere(peer);
  return peer;
}

const NOTHING_STAYS = 'The hosts are not paired. Try it again; the code is another one each time.';

function refusedThere({ hostName }: PairingHello): DsyncError {
  return new DsyncError('NOT_TRUSTED', `The codes were not confirmed on ${hostName}`, { cure: NOTHING_STAYS });
}

interface Agreed {
  readonly code: string;
  readonly peer: PairingHello;
}

async function listen(port: LinePort, { ownKey, peerKey, self, signal }: PairingOptions): Promise<Agreed> {
  const nonce = randomBytes(NONCE_BYTES);
  const keys = { listener: ownKey, dialer: peerKey };
  port.send({ pairing: 1, hello: self, commitment: commit(keys, self, nonce).toString('hex') });
  const reply = await port.next(replySchema, { signal });
  port.send({ nonce: nonce.toString('hex') });
  const hellos = { listener: self, dialer: reply.hello };
  return { code: pairingCode(keys, hellos, { listener: nonce, dialer: reply.nonce }), peer: reply.hello };
}

async function dial(port: LinePort, { ownKey, peerKey, self, signal }: PairingOptions): Promise<Agreed> {
  const nonce = randomBytes(NONCE_BYTES);
  const keys = { listener: peerKey, dialer: ownKey };
  const { hello, commitment } = await port.next(openingSchema, { signal });
  port.send({ hello: self, nonce: nonce.toString('hex') });
  const { nonce: theirs } = await port.next(revealSchema, { signal });
  if (!timingSafeEqual(commit(keys, hello, theirs), commitment)) {
    throw new DsyncError('NOT_TRUSTED', `${hello.hostName} did not keep to what it had committed to`, {
      cure: 'Someone may be in between. The hosts are not paired.',
    });
  }
  return {
    code: pairingCode(keys, { listener: hello, dialer: self }, { listener: theirs, dialer: nonce }),
    peer: hello,
  };
}

interface Both<T> {
  readonly listener: T;
  readonly dialer: T;
}

function commit(keys: Both<string>, hello: PairingHello, nonce: Buffer): Buffer {
  return digest('dsync-pairing-commitment-1', keys.listener, keys.dialer, hello.hostId, hello.hostName, nonce);
}

/** Six digits, the same on both sides exactly where both saw the same keys, names and numbers. Pure. */
export function pairingCode(keys: Both<string>, hellos: Both<PairingHello>, nonces: Both<Buffer>): string {
  const { listener, dialer } = hellos;
  const bytes = digest(
    'dsync-pairing-code-1',
    keys.listener,
    keys.dialer,
    listener.hostId,
    listener.hostName,
    dialer.hostId,
    dialer.hostName,
    nonces.listener,
    nonces.dialer,
  );
  // 64 bits, so that no code is likelier than another by more than one in 10^13.
  const digits = (bytes.readBigUInt64BE(0) % 10n ** BigInt(CODE_DIGITS)).toString().padStart(CODE_DIGITS, '0');
  return `${digits.slice(0, 3)} ${digits.slice(3)}`;
}

/** Each part after its length, so that no two lists of parts look alike. */
function digest(...parts: readonly (string | Buffer)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  }
  return hash.digest();
}
