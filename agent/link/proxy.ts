/**
 * Ways to a host that is not reached directly: ProxyCommand, and jump hosts by the system's ssh.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { type PipedChild, stdioStream } from './proxy-stdio.ts';

export interface ProxyOptions {
  readonly env: NodeJS.ProcessEnv;
}

/** Runs a ProxyCommand (tokens expanded) as ssh does; its stdio is the connection. */
export function spawnProxyCommand(command: string, { env }: ProxyOptions): Duplex {
  return proxyStream(
    spawn(env.SHELL || '/bin/sh', ['-c', `exec ${command}`], { env, stdio: ['pipe', 'pipe', 'pipe'] }),
    'its ProxyCommand',
  );
}

/** Reaches a port through jump hosts by `ssh -W`, for those hops that ssh2 cannot log in to. */
export function spawnJump(
  hops: readonly string[],
  target: { hostname: string; port: number },
  { env }: ProxyOptions,
): Duplex {
  return proxyStream(
    spawn('ssh', jumpArgs(hops, target), { env, stdio: ['pipe', 'pipe', 'pipe'] }),
    `its jump host ${hops.at(-1) ?? ''}`,
  );
}

export function jumpArgs(hops: readonly string[], { hostname, port }: { hostname: string; port: number }): string[] {
  const before = hops.slice(0, -1).join(',');
  return [
    ...['-o', 'BatchMode=yes', '-o', 'ControlPath=none', '-o', 'ClearAllForwardings=yes'],
    ...(before === '' ? [] : ['-J', before]),
    ...['-W', `[${hostname}]:${port}`, '--', hopToDestination(hops.at(-1) ?? '')],
  ];
}

/** `user@host:port`, as ProxyJump has it, in a form that ssh takes as a destination. */
export function hopToDestination(hop: string): string {
  const [, user, host, port] = /^(?:(.+)@)?(\[[^\]]+\]|[^:[\]]+):(\d+)$/.exec(hop) ?? [];
  if (hop.startsWith('ssh://') || host === undefined) return hop;
  return `ssh://${user === undefined ? '' : `${user}@`}${host}:${port}`;
}

function proxyStream(child: PipedChild, name: string): Duplex {
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-2000);
  });
  const ended = new Promise<Error | undefined>((resolve) => {
    child.once('error', (error) => resolve(new Error(`${name} could not be run: ${error.message}`, { cause: error })));
    child.once('close', (code) =>
      resolve(code === 0 ? undefined : new Error(`${name} ended: ${errors.trim() || `exit code ${code}`}`)),
    );
  });
  return stdioStream(child, { verdict: () => ended });
}
