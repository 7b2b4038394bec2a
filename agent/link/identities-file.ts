/**
 * One key file of a user: what can be done with it, without asking for a passphrase.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';
import { errnoOf } from '../../platform/failure.ts';

export type KeyFile =
  | { readonly kind: 'absent'; readonly path: string }
  /** `publicKey`: what it would be, so that an agent that holds it can be asked; undefined where that cannot be told. */
  | { readonly kind: 'locked'; readonly path: string; readonly publicKey: Buffer | undefined }
  | { readonly kind: 'usable'; readonly path: string; readonly publicKey: Buffer; readonly key: ParsedKey }
  /** Nothing that ssh2 can sign with: a security key, an unknown format, no permission to read. */
  | {
      readonly kind: 'unusable';
      readonly path: string;
      readonly publicKey: Buffer | undefined;
      readonly reason: string;
    };

export async function readKeyFile(path: string): Promise<KeyFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const publicKey = await readPublicKey(`${path}.pub`);
    if (errnoOf(error) !== 'ENOENT') return { kind: 'unusable', path, publicKey, reason: 'it cannot be read' };
    // A public key alone points at one that lies in the agent or in a token.
    return publicKey === undefined ? { kind: 'absent', path } : { kind: 'locked', path, publicKey };
  }
  return parseKeyFile(path, text, await readPublicKey(`${path}.pub`));
}

/** @param besides the public key that lies beside the file, for formats that hide their own */
export function parseKeyFile(path: string, text: string, besides: Buffer | undefined): KeyFile {
  const parsed = ssh2.utils.parseKey(text);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key instanceof Error) {
    const publicKey = publicPart(text) ?? parsePublicLine(text) ?? besides;
    if (/passphrase/i.test(key.message)) return { kind: 'locked', path, publicKey };
    if (/^(sk-|ssh-|ecdsa-)/.test(text)) return { kind: 'locked', path, publicKey };
    return { kind: 'unusable', path, publicKey, reason: 'its format is not known' };
  }
  const publicKey = key.getPublicSSH();
  return key.isPrivateKey() ? { kind: 'usable', path, publicKey, key } : { kind: 'locked', path, publicKey };
}

async function readPublicKey(path: string): Promise<Buffer | undefined> {
  try {
    return parsePublicLine(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The key of a line such as `ssh-ed25519 AAAA… comment`. */
export function parsePublicLine(text: string): Buffer | undefined {
  const [type, key] = text.trim().split(/\s+/);
  if (type === undefined || key === undefined || !/^(ssh|ecdsa|sk)-/.test(type)) return undefined;
  const blob = Buffer.from(key, 'base64');
  return blob.length > 4 ? blob : undefined;
}

/** The public key that OpenSSH's own format holds in clear before the encrypted part (PROTOCOL.key, OpenSSH 9.2). */
function publicPart(text: string): Buffer | undefined {
  const [, body] = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text) ?? [];
  if (body === undefined) return undefined;
  const bytes = Buffer.from(body, 'base64');
  const magic = 'openssh-key-v1\0';
  if (bytes.toString('latin1', 0, magic.length) !== magic) return undefined;
  let at = magic.length;
  try {
    // Cipher, key derivation, its options.
    for (let field = 0; field < 3; field++) at += 4 + bytes.readUInt32BE(at);
    if (bytes.readUInt32BE(at) !== 1) return undefined;
    const length = bytes.readUInt32BE(at + 4);
    const blob = bytes.subarray(at + 8, at + 8 + length);
    return blob.length === length ? Buffer.from(blob) : undefined;
  } catch {
    return undefined;
  }
}
