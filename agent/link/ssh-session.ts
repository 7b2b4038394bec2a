/**
 * One SSH connection to a host: what the agent needs of it, whichever program speaks the protocol.
 *
 * @module
 */
import type { Duplex, Readable } from 'node:stream';

export interface SshExec {
  /** The command's stdin and stdout; ending it ends the command's stdin. */
  readonly stream: Duplex;
  readonly stderr: Readable;
  /** Resolves once the command is over, also when the connection broke: then the code is undefined. Never rejects. */
  readonly exited: Promise<{ readonly code: number | undefined; readonly signal: string | undefined }>;
}

export interface SshSession {
  readonly transport: 'ssh2' | 'openssh';
  /** Runs a command by the user's login shell there, without a terminal. */
  exec(command: string): Promise<SshExec>;
  /** Opens a named SSH subsystem; rejects where the server has none of that name. */
  subsystem(name: string): Promise<Duplex>;
  /** Connects to a unix socket there, by the server itself; rejects where the server forbids it. */
  connectUnix(path: string): Promise<Duplex>;
  /** Resolves once the connection is gone, with the error that broke it or undefined after {@link close}. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  close(): void;
}

/** How a host's unknown key is met. `undefined` where nobody can be asked: refuse. */
export type AskHostKey = (key: {
  readonly host: string;
  readonly port: number;
  readonly type: string;
  /** `SHA256:…`, as OpenSSH shows it. */
  readonly fingerprint: string;
}) => Promise<boolean>;

export interface ConnectOptions {
  /** `auto`: ssh2, and the system's ssh where ssh2 cannot log in. */
  readonly transport?: 'auto' | 'ssh2' | 'openssh';
  readonly askHostKey?: AskHostKey | undefined;
  readonly signal?: AbortSignal;
  /** Milliseconds until the connection must stand; 15,000 by default. */
  readonly timeoutMs?: number;
}
