/**
 * This host's own Ed25519 key, by which paired hosts know it.
 *
 * @module
 */
import { linkSync, mkdirSync, readFileSync, unlinkSync } from 'node:fs';
import ssh2 from 'ssh2';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { DsyncError, errnoOf } from '../../platform/failure.ts';
import { parsePublicLine } from './identities-file.ts';
import { fingerprint } from './known-hosts.ts';

export interface DeviceKey {
  /** In OpenSSH's format, without a passphrase. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly publicKey: string;
  readonly fingerprint: string;
}

/**
 * Loads the key of this folder, and makes it where there is none.
 *
 * @throws {DsyncError} BAD_STATE the file holds no such key; it is never replaced, since other hosts know it
 */
export function loadDeviceKey(folder: AbsPath): DeviceKey {
  const path = childPath(folder, 'device-key');
  return readKey(path) ?? createKey(path, folder);
}

/** @throws {DsyncError} BAD_INPUT not an unencrypted Ed25519 private key */
export function parseDeviceKey(privateKey: string): DeviceKey {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error || Array.isArray(key) || key.type !== 'ssh-ed25519' || !key.isPrivateKey()) {
    throw new DsyncError('BAD_INPUT', 'That is not an Ed25519 private key without a passphrase');
  }
  const blob = key.getPublicSSH();
  return { privateKey, publicKey: `ssh-ed25519 ${blob.toString('base64')}`, fingerprint: fingerprint(blob) };
}

/**
 * `SHA256:…` of a public key line.
 *
 * @throws {DsyncError} BAD_INPUT it holds no key
 */
export function publicKeyFingerprint(line: string): string {
  const blob = parsePublicLine(line);
  if (blob === undefined) throw new DsyncError('BAD_INPUT', 'That is no public key');
  return fingerprint(blob);
}

export function generateDeviceKey(): DeviceKey {
  for (;;) {
    const { private: privateKey } = ssh2.utils.generateKeyPairSync('ed25519');
    // About one key in 256 comes out a byte short (ssh2 1.17): one that cannot sign for itself is thrown away.
    if (provesItself(privateKey)) return parseDeviceKey(privateKey);
  }
}

function provesItself(privateKey: string): boolean {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error || Array.isArray(key)) return false;
  try {
    const message = Buffer.from('dsync');
    const publicKey = ssh2.utils.parseKey(`ssh-ed25519 ${key.getPublicSSH().toString('base64')}`);
    return !(publicKey instanceof Error) && publicKey.verify(message, key.sign(message)) === true;
  } catch {
    return false;
  }
}

function readKey(path: AbsPath): DeviceKey | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return parseDeviceKey(text);
  } catch (cause) {
    throw new DsyncError('BAD_STATE', `${path} holds no Ed25519 private key`, { cause });
  }
}

function createKey(path: AbsPath, folder: AbsPath): DeviceKey {
  const key = generateDeviceKey();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = childPath(folder, `device-key.${process.pid}`);
  writeFileAtomic(own, key.privateKey);
  try {
    linkSync(own, path);
  } catch (error) {
    // Another process made one at the same moment: that one stands.
    const other = errnoOf(error) === 'EEXIST' ? readKey(path) : undefined;
    if (other === undefined) throw error;
    return other;
  } finally {
    unlinkSync(own);
  }
  writeFileAtomic(childPath(folder, 'device-key.pub'), `${key.publicKey}\n`, { mode: 0o644 });
  return key;
}
