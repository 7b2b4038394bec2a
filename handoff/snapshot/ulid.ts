import { randomBytes } from 'node:crypto';

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** An id that sorts by when it was made. Source: github.com/ulid/spec: 48 bits of time, 80 of chance. */
export function createUlid(nowMs: number = Date.now(), chance: Uint8Array = randomBytes(10)): string {
  let bits = BigInt(nowMs);
  for (const byte of chance) bits = (bits << 8n) | BigInt(byte);
  let text = '';
  for (let i = 0; i < 26; i++, bits >>= 5n) text = `${DIGITS[Number(bits & 31n)] ?? '0'}${text}`;
  return text;
}
