import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fingerprint,
  formatKnownHost,
  type HostAddress,
  hasAuthority,
  hostKeyState,
  knownKeyTypes,
  parseKnownHosts,
} from './known-hosts.ts';

function key(type: string, content: string): Buffer {
  const field = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  return Buffer.concat([field(Buffer.from(type)), field(Buffer.from(content))]);
}

const A = key('ssh-ed25519', 'a');
const B = key('ssh-ed25519', 'b');
const R = key('ssh-rsa', 'r');
const line = (names: string, blob: Buffer): string =>
  `${names} ${blob.toString('latin1', 4, 4 + blob.readUInt32BE(0))} ${blob.toString('base64')} comment`;
const hashed = (name: string, blob: Buffer): string => {
  const salt = randomBytes(20);
  const hash = createHmac('sha1', salt).update(name).digest('base64');
  return line(`|1|${salt.toString('base64')}|${hash}`, blob);
};
const at = (hostname: string, port = 22, alias?: string): HostAddress => ({ hostname, port, alias });

describe('hostKeyState', () => {
  const rows: readonly (readonly [string, string, HostAddress, Buffer, string])[] = [
    ['a plain name', line('h', A), at('h'), A, 'known'],
    ['a name in other case', line('Host', A), at('hOST'), A, 'known'],
    ['one of several names', line('x,h,10.0.0.1', A), at('10.0.0.1'), A, 'known'],
    ['a hashed name', hashed('h', A), at('h'), A, 'known'],
    ['a hashed name with port', hashed('[h]:23', A), at('h', 23), A, 'known'],
    ['another hashed name', hashed('g', A), at('h'), A, 'unknown'],
    ['a name with port', line('[h]:23', A), at('h', 23), A, 'known'],
    ['a name with another port', line('[h]:24', B), at('h', 23), A, 'unknown'],
    ['a name without port, same key', line('h', A), at('h', 23), A, 'known'],
    ['a name without port, other key', line('h', B), at('h', 23), A, 'unknown'],
    ['port 22 in brackets', line('[h]:22', A), at('h'), A, 'unknown'],
    ['an alias, whatever the port', line('al', A), at('h', 23, 'al'), A, 'known'],
    ['an alias in place of the name', line('h', A), at('h', 22, 'al'), A, 'unknown'],
    ['an IPv6 address', line('::1', A), at('::1'), A, 'known'],
    ['an IPv6 address with port', line('[::1]:23', A), at('::1', 23), A, 'known'],
    ['a wildcard', line('*.example', A), at('h.example'), A, 'known'],
    ['a wildcard for one letter', line('h?', A), at('h1'), A, 'known'],
    ['a dot that is no wildcard', line('h.x', A), at('hyx'), A, 'unknown'],
    ['a wildcard with port', line('[*.example]:23', A), at('h.example', 23), A, 'known'],
    ['a negated name', line('*.example,!h.example', A), at('h.example'), A, 'unknown'],
    ['a negated name beside', line('*.example,!h.example', A), at('g.example'), A, 'known'],
    ['another key', line('h', B), at('h'), A, 'changed'],
    ['another key of another type', line('h', R), at('h'), A, 'changed'],
    ['another key, hashed', hashed('h', B), at('h'), A, 'changed'],
    ['this key among others', `${line('h', B)}\n${line('h', A)}`, at('h'), A, 'known'],
    ['a revoked key', `@revoked ${line('*', A)}\n${line('h', A)}`, at('h'), A, 'revoked'],
    ['another revoked key', `@revoked ${line('*', B)}\n${line('h', A)}`, at('h'), A, 'known'],
    ['nothing but a revoked key', `@revoked ${line('h', B)}`, at('h'), A, 'unknown'],
    ['an authority', `@cert-authority ${line('*.example', B)}`, at('h.example'), A, 'authority'],
    ['an authority and the key', `@cert-authority ${line('*', B)}\n${line('h', A)}`, at('h'), A, 'known'],
    ['an authority whose own key it is', `@cert-authority ${line('h', A)}`, at('h'), A, 'authority'],
    ['an unknown marker', `@other ${line('h', B)}`, at('h'), A, 'unknown'],
    ['a comment', `# ${line('h', A)}`, at('h'), A, 'unknown'],
    ['a line that is cut off', 'h ssh-ed25519', at('h'), A, 'unknown'],
    [
      'a security key, by which no server proves itself',
      line('h', key('sk-ssh-ed25519@openssh.com', 'x')),
      at('h'),
      A,
      'unknown',
    ],
    ['nothing', '', at('h'), A, 'unknown'],
    ['line ends of another system', `${line('h', A)}\r\n`, at('h'), A, 'known'],
  ];
  test.each(rows)('%s', (_, text, address, blob, expected) => {
    expect(hostKeyState(parseKnownHosts(text), address, blob)).toBe(expected);
  });
});

test('what is written is known from then on, hashed or not, and to no other host', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,20}$/);
  fc.assert(
    fc.property(name, name, fc.integer({ min: 1, max: 65_535 }), fc.boolean(), (hostname, other, port, isHashed) => {
      const salt = Buffer.alloc(20, 7);
      const known = parseKnownHosts(formatKnownHost(at(hostname, port), A, isHashed ? { salt } : {}));
      expect(hostKeyState(known, at(hostname, port), A)).toBe('known');
      expect(hostKeyState(known, at(hostname, port), B)).toBe('changed');
      if (other !== hostname) expect(hostKeyState(known, at(other, port), A)).toBe('unknown');
    }),
  );
});

test('the known types of a host are asked for first', () => {
  const known = parseKnownHosts(
    `${line('h', R)}\n${line('h', A)}\n${line('h', B)}\n@revoked ${line('h', B)}\n${line('[g]:23', A)}`,
  );
  expect(knownKeyTypes(known, at('h'))).toEqual(['ssh-rsa', 'ssh-ed25519']);
  expect(knownKeyTypes(known, at('h', 23))).toEqual(['ssh-rsa', 'ssh-ed25519']);
  expect(knownKeyTypes(known, at('g', 23))).toEqual(['ssh-ed25519']);
  expect(knownKeyTypes(known, at('g'))).toEqual([]);
  expect(hasAuthority(known, at('h'))).toBe(false);
});

test('a fingerprint is as OpenSSH shows it', () => {
  // ssh-keygen -lf on this very line.
  const blob = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIHM7+g/BiaaM0enls/2BIFS53grjLtTXX4gYPyxMwKGh', 'base64');
  expect(fingerprint(blob)).toBe('SHA256:D2pV4FArqSJbMCGakNhNtnltAI1g6ED8yEORSF6euPY');
});
