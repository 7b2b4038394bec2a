/**
 * What stands for something else in OpenSSH's configuration: `~`, `%h`, `${NAME}`.
 *
 * Source: ssh_config(5), sections TOKENS and ENVIRONMENT VARIABLES, OpenSSH 9.2.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { SshConfig } from './resolve.ts';

export interface LocalSide {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly localUser: string;
  readonly localHost: string;
  readonly uid: number;
}

/** Every value as ssh would use it. Paths that name an unset variable are left out. */
export function expandSshConfig(raw: SshConfig, local: LocalSide): SshConfig {
  const valueByToken = tokens(raw, local);
  const path = (text: string): string[] => {
    const expanded = expandVariables(text, local.env);
    return expanded === undefined ? [] : [expandTilde(expandTokens(expanded, valueByToken), local.home)];
  };
  const command = raw.proxyCommand;
  return {
    ...raw,
    identityFiles: raw.identityFiles.flatMap(path),
    certificateFiles: raw.certificateFiles.flatMap(path),
    userKnownHostsFiles: raw.userKnownHostsFiles.flatMap(path),
    globalKnownHostsFiles: raw.globalKnownHostsFiles.flatMap(path),
    agentSocket: agentSocket(raw.agentSocket, local.env, path),
    proxyCommand: command === undefined ? undefined : expandTokens(command, valueByToken),
  };
}

function agentSocket(
  text: string | undefined,
  env: NodeJS.ProcessEnv,
  path: (text: string) => string[],
): string | undefined {
  if (text === 'none') return undefined;
  if (text === undefined || text === 'SSH_AUTH_SOCK') return env.SSH_AUTH_SOCK || undefined;
  if (/^\$\w+$/.test(text)) return env[text.slice(1)] || undefined;
  return path(text)[0];
}

function tokens(config: SshConfig, local: LocalSide): ReadonlyMap<string, string> {
  const port = String(config.port);
  const jump = config.proxyJump.join(',');
  const hashed = [local.localHost, config.hostname, port, config.user];
  return new Map([
    ['%', '%'],
    ['C', createHash('sha1').update(hashed.join('')).digest('hex')],
    ['d', local.home],
    ['h', config.hostname],
    ['i', String(local.uid)],
    ['j', jump],
    ['k', config.hostKeyAlias ?? config.host],
    ['L', local.localHost.split('.')[0] ?? ''],
    ['l', local.localHost],
    ['n', config.host],
    ['p', port],
    ['r', config.user],
    ['T', 'NONE'],
    ['u', local.localUser],
  ]);
}

function expandTokens(text: string, valueByToken: ReadonlyMap<string, string>): string {
  return text.replace(/%(.)/g, (whole, token: string) => valueByToken.get(token) ?? whole);
}

function expandVariables(text: string, env: NodeJS.ProcessEnv): string | undefined {
  let missing = false;
  const expanded = text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    missing ||= env[name] === undefined;
    return env[name] ?? '';
  });
  return missing ? undefined : expanded;
}

function expandTilde(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? `${home}${path.slice(1)}` : path;
}
