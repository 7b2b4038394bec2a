/**
 * A session whose other host is this one: commands run by a shell here, as sshd would run them. For tests.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import type { SshSession } from './ssh-session.ts';

export function createLocalSession({
  shell = '/bin/sh',
  env = process.env,
}: {
  /** The login shell. */
  readonly shell?: string;
  readonly env?: NodeJS.ProcessEnv;
} = {}): SshSession & { readonly commands: readonly string[] } {
  const commands: string[] = [];
  const { promise: closed, resolve: close } = withResolvers();
  const refuse = () => Promise.reject(new Error('not in this fake'));
  return {
    transport: 'openssh',
    commands,
    exec(command) {
      commands.push(command);
      const child = spawn(shell, ['-c', command], { env, stdio: ['pipe', 'pipe', 'pipe'] });
      const stream = Duplex.from({ writable: child.stdin, readable: child.stdout });
      const exited = new Promise<{ code: number | undefined; signal: string | undefined }>((resolve) => {
        child.on('error', () => resolve({ code: 127, signal: undefined }));
        child.on('close', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
      });
      return Promise.resolve({ stream, stderr: child.stderr, exited });
    },
    subsystem: refuse,
    connectUnix: refuse,
    closed,
    close: () => close(undefined),
  };
}

function withResolvers(): { promise: Promise<undefined>; resolve: (value: undefined) => void } {
  let resolve: (value: undefined) => void = () => undefined;
  const promise = new Promise<undefined>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
