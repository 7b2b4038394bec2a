/**
 * What OpenSSH's configuration says of a destination, asked of `ssh -G`, so that ~/.ssh/config just works.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { homedir, hostname, userInfo } from 'node:os';
import { DsyncError } from '../../platform/failure.ts';
import { expandSshConfig } from './resolve-tokens.ts';

/** How an unknown host key is met. OpenSSH's `no` and `off` are `off`. */
export type StrictHostKeyChecking = 'yes' | 'ask' | 'accept-new' | 'off';

export interface SshConfig {
  /** The name that was asked for, without user and port: `%n`. */
  readonly host: string;
  readonly hostname: string;
  readonly user: string;
  readonly port: number;
  readonly addressFamily: 'any' | 'inet' | 'inet6';
  readonly bindAddress: string | undefined;
  /** In the order in which they are tried; files that need not exist. */
  readonly identityFiles: readonly string[];
  readonly certificateFiles: readonly string[];
  /** Only {@link identityFiles}, also of the agent's keys. */
  readonly identitiesOnly: boolean;
  /** The agent's socket, undefined where there is none. */
  readonly agentSocket: string | undefined;
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  readonly hashKnownHosts: boolean;
  readonly strictHostKeyChecking: StrictHostKeyChecking;
  readonly hostKeyAlias: string | undefined;
  /** Hops in the order in which they are passed; empty for none. */
  readonly proxyJump: readonly string[];
  readonly proxyCommand: string | undefined;
  readonly connectTimeoutMs: number | undefined;
}

/**
 * @param destination an alias, `host`, `user@host` or `ssh://user@host:port`
 * @throws {DsyncError} SSH_CONFIG ssh is missing, or refuses the destination or its configuration
 */
export async function resolveDestination(
  destination: string,
  { env = process.env, signal }: { readonly env?: NodeJS.ProcessEnv; readonly signal?: AbortSignal } = {},
): Promise<SshConfig> {
  checkDestination(destination);
  const raw = parseSshG(await runSshG(destination, { env, signal }));
  const { user: localUser, home } = self(env);
  return expandSshConfig(raw, { env, home, localUser, localHost: hostname(), uid: process.getuid?.() ?? 0 });
}

/** @throws {DsyncError} SSH_CONFIG it could be read as an option, or as more than one word */
export function checkDestination(destination: string): void {
  if (/^-|^$|[\s\0]/.test(destination) || /@-/.test(destination)) {
    throw new DsyncError('SSH_CONFIG', `“${destination}” is not a name that ssh could connect to`, {
      cure: 'Give an alias of ~/.ssh/config, a host name, user@host, or ssh://user@host:port.',
    });
  }
}

/**
 * Reads what `ssh -G` prints. Tokens (`%h`), `~` and `$VARIABLES` stay as they are; `agentSocket` is IdentityAgent.
 *
 * Source: readconf.c, dump_client_config(), OpenSSH 9.2.
 */
export function parseSshG(text: string): SshConfig {
  const valuesByKey = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^(\S+) (.*?)\r?$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    const values = valuesByKey.get(key.toLowerCase()) ?? [];
    valuesByKey.set(key.toLowerCase(), [...values, value]);
  }
  const all = (key: string): string[] => (valuesByKey.get(key) ?? []).filter((value) => value !== 'none');
  const one = (key: string): string | undefined => all(key)[0];
  const is = (key: string): boolean => /^(yes|true)$/.test(one(key) ?? '');
  const hostName = unbracket(one('hostname') ?? '');
  const family = one('addressfamily');
  const timeout = Number(one('connecttimeout') ?? 0);
  return {
    host: unbracket(one('host') ?? hostName),
    hostname: hostName,
    user: one('user') ?? '',
    port: Number(one('port') ?? 22),
    addressFamily: family === 'inet' || family === 'inet6' ? family : 'any',
    bindAddress: one('bindaddress'),
    identityFiles: all('identityfile'),
    certificateFiles: all('certificatefile'),
    identitiesOnly: is('identitiesonly'),
    agentSocket: valuesByKey.get('identityagent')?.[0],
    userKnownHostsFiles: paths(one('userknownhostsfile')),
    globalKnownHostsFiles: paths(one('globalknownhostsfile')),
    hashKnownHosts: is('hashknownhosts'),
    strictHostKeyChecking: strictness(one('stricthostkeychecking')),
    hostKeyAlias: one('hostkeyalias'),
    proxyJump: (one('proxyjump') ?? '').split(',').filter((hop) => hop !== ''),
    proxyCommand: one('proxycommand'),
    connectTimeoutMs: timeout > 0 ? timeout * 1000 : undefined,
  };
}

/** Several paths are printed with spaces between and without quotes; a path itself may have spaces. */
function paths(value: string | undefined): string[] {
  return (value ?? '').split(/ (?=[/~%$])/).filter((path) => path !== '');
}

function strictness(value: string | undefined): StrictHostKeyChecking {
  if (value === 'yes' || value === 'true') return 'yes';
  if (value === 'no' || value === 'false' || value === 'off') return 'off';
  return value === 'accept-new' ? 'accept-new' : 'ask';
}

function unbracket(host: string): string {
  return /^\[.*\]$/.test(host) ? host.slice(1, -1) : host;
}

/** ssh goes by the account's home, not by $HOME. */
function self(env: NodeJS.ProcessEnv): { user: string; home: string } {
  try {
    const { username, homedir: home } = userInfo();
    return { user: username, home };
  } catch {
    return { user: env.USER ?? '', home: homedir() };
  }
}

function runSshG(
  destination: string,
  { env, signal }: { env: NodeJS.ProcessEnv; signal: AbortSignal | undefined },
): Promise<string> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    // `Match exec` runs commands, which may hang: the signal ends it.
    const child = spawn('ssh', ['-G', '-T', '--', destination], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const abort = (): void => {
      child.kill('SIGKILL');
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    child.once('error', (cause) => {
      signal?.removeEventListener('abort', abort);
      reject(
        new DsyncError('SSH_CONFIG', `Could not run ssh: ${cause.message}`, {
          cause,
          cure: 'Install the OpenSSH client, and see that `ssh` is on PATH.',
        }),
      );
    });
    child.once('close', (code) => {
      signal?.removeEventListener('abort', abort);
      if (code === 0 && /^hostname \S/m.test(output)) resolve(output);
      else
        reject(
          new DsyncError('SSH_CONFIG', `ssh could not resolve ${destination}: ${errors.trim() || `exit code ${code}`}`),
        );
    });
  });
}
