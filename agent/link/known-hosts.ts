/**
 * OpenSSH's known_hosts format: what it says of a host's key. Pure.
 *
 * Source: sshd(8), “SSH_KNOWN_HOSTS FILE FORMAT”; hostfile.c and check_host_key() in sshconnect.c, OpenSSH 9.2.
 *
 * @module
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface KnownKey {
  readonly marker: 'revoked' | 'cert-authority' | undefined;
  /** Comma-separated patterns, or one hashed name. */
  readonly names: string;
  readonly type: string;
  /** Base64 of the public key. */
  readonly key: string;
}

/** Where a host is reached, as far as its key is concerned. */
export interface HostAddress {
  readonly hostname: string;
  readonly port: number;
  /** Stands in place of name and port. */
  readonly alias: string | undefined;
}

/**
 * `authority`: no key of this host is known, but an authority that signs its certificates.
 * `changed`: keys are known, and this is none of them.
 */
export type HostKeyState = 'known' | 'unknown' | 'authority' | 'changed' | 'revoked';

/** Lines that are no keys are passed over, as OpenSSH does. */
export function parseKnownHosts(text: string): KnownKey[] {
  return text.split('\n').flatMap((line): KnownKey[] => {
    const words = line.trim().split(/\s+/);
    const mark = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [names, type, key] = words;
    if (names === undefined || type === undefined || key === undefined || names.startsWith('#')) return [];
    if (mark !== undefined && mark !== '@revoked' && mark !== '@cert-authority') return [];
    const marker = mark === undefined ? undefined : mark === '@revoked' ? 'revoked' : 'cert-authority';
    return [{ marker, names, type, key }];
  });
}

export function hostKeyState(known: readonly KnownKey[], address: HostAddress, key: Buffer): HostKeyState {
  const state = stateOfName(known, knownName(address), key);
  if (state !== 'unknown' || address.alias !== undefined || address.port === 22) return state;
  // A key recorded for the plain name is believed on any port, but that it differs there means nothing.
  const withoutPort = stateOfName(known, address.hostname.toLowerCase(), key);
  return withoutPort === 'changed' ? 'unknown' : withoutPort;
}

function stateOfName(known: readonly KnownKey[], name: string, key: Buffer): HostKeyState {
  const encoded = key.toString('base64');
  const matching = known.filter((line) => matchesName(line.names, name));
  if (matching.some((line) => line.marker === 'revoked' && line.key === encoded)) return 'revoked';
  const keys = matching.filter((line) => line.marker === undefined && isNegotiable(line.type));
  if (keys.some((line) => line.key === encoded)) return 'known';
  if (matching.some((line) => line.marker === 'cert-authority')) return 'authority';
  return keys.length > 0 ? 'changed' : 'unknown';
}

/** The types under which this host's key is known, in the order of the files: the server is asked for one of these. */
export function knownKeyTypes(known: readonly KnownKey[], address: HostAddress): string[] {
  const types = (name: string): string[] =>
    known
      .filter((line) => line.marker === undefined && isNegotiable(line.type) && matchesName(line.names, name))
      .map((line) => line.type);
  const own = types(knownName(address));
  return [...new Set(own.length > 0 || address.alias !== undefined ? own : types(address.hostname.toLowerCase()))];
}

export function hasAuthority(known: readonly KnownKey[], address: HostAddress): boolean {
  const name = knownName(address);
  return known.some((line) => line.marker === 'cert-authority' && matchesName(line.names, name));
}

/** Under which name a host's key is recorded: `[name]:port` where the port is not 22. */
export function knownName({ hostname, port, alias }: HostAddress): string {
  if (alias !== undefined) return alias.toLowerCase();
  const name = hostname.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/**
 * One line for known_hosts, without line end.
 *
 * @param salt 20 random bytes: the name is hashed
 */
export function formatKnownHost(address: HostAddress, key: Buffer, { salt }: { readonly salt?: Buffer } = {}): string {
  const name = knownName(address);
  const written =
    salt === undefined ? name : `|1|${salt.toString('base64')}|${hashName(name, salt).toString('base64')}`;
  return `${written} ${keyType(key)} ${key.toString('base64')}`;
}

/** Name of the type inside an SSH public key. */
export function keyType(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0;
  return key.toString('latin1', 4, 4 + Math.min(length, 64));
}

/** `SHA256:…`, as OpenSSH shows it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

export function matchesName(names: string, name: string): boolean {
  if (names.startsWith('|')) return matchesHashed(names, name);
  let matched = false;
  for (const pattern of names.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!globMatches(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

function matchesHashed(names: string, name: string): boolean {
  const [, version, salt, hash] = names.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = hashName(name, Buffer.from(salt, 'base64'));
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function hashName(name: string, salt: Buffer): Buffer {
  return createHmac('sha1', salt).update(name).digest();
}

/** `*` and `?` alone are special: brackets belong to `[host]:port`. */
function globMatches(pattern: string, name: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === name;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(name);
}

/** Keys of other types (DSA, security keys) say nothing: no server proves itself by one of them here. */
function isNegotiable(type: string): boolean {
  return /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521))$/.test(type);
}
