/**
 * Whether a host is who it was: its key against the user's known_hosts files, and what to do with a new one.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DsyncError, errnoOf, messageOf } from '../../platform/failure.ts';
import {
  fingerprint,
  formatKnownHost,
  type HostAddress,
  hasAuthority,
  hostKeyState,
  type KnownKey,
  keyType,
  knownKeyTypes,
  parseKnownHosts,
} from './known-hosts.ts';
import type { SshConfig } from './resolve.ts';
import type { AskHostKey } from './ssh-session.ts';

export interface HostKeyVerifier {
  /** Types to ask the server for first. */
  readonly knownTypes: readonly string[];
  /** Certificates are expected, which OpenSSH alone can check. */
  readonly wantsCertificate: boolean;
  /**
   * Returns where the key is to be trusted; an unknown one that is accepted is recorded.
   *
   * @throws {DsyncError} HOST_KEY_CHANGED, HOST_KEY_UNKNOWN
   */
  verify(key: Buffer): Promise<void>;
}

export async function createHostKeyVerifier(
  config: SshConfig,
  { askHostKey }: { readonly askHostKey?: AskHostKey | undefined } = {},
): Promise<HostKeyVerifier> {
  const address: HostAddress = { hostname: config.hostname, port: config.port, alias: config.hostKeyAlias };
  const files = [...config.userKnownHostsFiles, ...config.globalKnownHostsFiles];
  const known = (await Promise.all(files.map(readKnownHosts))).flat();

  async function verify(key: Buffer): Promise<void> {
    const state = hostKeyState(known, address, key);
    switch (state) {
      case 'known':
        return;
      case 'changed':
      case 'revoked':
        throw changedKey(config, key, { revoked: state === 'revoked' });
      case 'authority':
      case 'unknown':
        if (!(await isAccepted(config, key, askHostKey))) throw unknownKey(config, key);
        await record(config, formatKnownHost(address, key, config.hashKnownHosts ? { salt: randomBytes(20) } : {}));
    }
  }

  return {
    knownTypes: knownKeyTypes(known, address),
    wantsCertificate: hasAuthority(known, address),
    verify,
  };
}

async function isAccepted(config: SshConfig, key: Buffer, ask: AskHostKey | undefined): Promise<boolean> {
  const { strictHostKeyChecking: strict, hostname, port } = config;
  if (strict === 'off' || strict === 'accept-new') return true;
  if (strict === 'yes' || ask === undefined) return false;
  return ask({ host: config.hostKeyAlias ?? hostname, port, type: keyType(key), fingerprint: fingerprint(key) });
}

export function changedKey(
  { host, hostname, port }: Pick<SshConfig, 'host' | 'hostname' | 'port'>,
  key: Buffer,
  { revoked = false } = {},
): DsyncError {
  const name = port === 22 ? hostname : `[${hostname}]:${port}`;
  const what = revoked ? 'is marked as revoked' : 'is not the one on record';
  return new DsyncError(
    'HOST_KEY_CHANGED',
    `The key of ${host} ${what}: it shows ${keyType(key)} ${fingerprint(key)}`,
    {
      ...(revoked ? {} : { cure: changedCure(name) }),
    },
  );
}

function changedCure(name: string): string {
  return `If the host was reinstalled, remove the old key: ssh-keygen -R '${name}'. If not, someone may be in between.`;
}

function unknownKey({ host }: SshConfig, key: Buffer): DsyncError {
  return new DsyncError('HOST_KEY_UNKNOWN', `The key of ${host} is not on record: ${keyType(key)} ${fingerprint(key)}`);
}

async function readKnownHosts(path: string): Promise<KnownKey[]> {
  try {
    return parseKnownHosts(await readFile(path, 'utf8'));
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT' || errnoOf(cause) === 'ENOTDIR') return [];
    // Unread, a changed key would pass for an unknown one.
    throw new DsyncError('SSH_CONFIG', `Could not read ${path}: ${messageOf(cause)}`, {
      cause,
      cure: `Make ${path} readable.`,
    });
  }
}

async function record({ userKnownHostsFiles: [path] }: SshConfig, line: string): Promise<void> {
  if (path === undefined || path === '/dev/null') return;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'a+', 0o600);
    try {
      const { size } = await file.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await file.read(last, 0, 1, size - 1);
      // A last line without an end would swallow ours.
      await appendFile(file, `${size > 0 && last[0] !== 10 ? '\n' : ''}${line}\n`);
    } finally {
      await file.close();
    }
  } catch {
    // A folder that cannot be written to: the key was accepted all the same, and is asked for again the next time, as OpenSSH does.
  }
}
