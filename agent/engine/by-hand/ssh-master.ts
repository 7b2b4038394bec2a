/**
 * One login for all that push or pull does: a master of the system's ssh, which rsync's own ssh goes through.
 *
 * The user's configuration decides how it connects. Where a terminal is, ssh may ask in it (a password, a passphrase,
 * a host key); elsewhere it never does.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Captured, capture } from '../../../platform/capture.ts';
import { DsyncError } from '../../../platform/failure.ts';
import { READY, WHILE_STDIN_OPEN } from '../../link/openssh-session-args.ts';
import { sshFailure } from '../../link/openssh-session-errors.ts';
import { remoteCommand } from '../../link/remote-shell.ts';
import type { Remote } from './remote.ts';

export interface SshMaster extends AsyncDisposable {
  /** `ssh` and its options, without a destination. */
  readonly words: readonly string[];
  /** Runs a sh script there, without start-up files of its own; their output may come before. */
  run(script: string): Promise<Captured>;
}

export interface SshMasterOptions {
  readonly ssh: readonly string[];
  readonly mayAsk: boolean;
  readonly signal: AbortSignal;
}

/** ssh binds the socket under a longer, temporary name first; 104 bytes is the least that a system has. */
const MAX_FOLDER_BYTES = 60;
const LAST_WORDS_MS = 500;
const CONNECT_SECONDS = 20;

/** @throws {DsyncError} HOST_UNREACHABLE, SSH_AUTH, SSH_CONFIG, HOST_KEY_UNKNOWN, HOST_KEY_CHANGED */
export async function openSshMaster(
  { destination, port }: Pick<Remote, 'destination' | 'port'>,
  { ssh, mayAsk, signal }: SshMasterOptions,
): Promise<SshMaster> {
  const host = bareHost(destination);
  const own = [
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...ssh,
    ...(mayAsk ? [] : ['-o', 'BatchMode=yes']),
    ...['-o', 'ClearAllForwardings=yes', '-o', 'RemoteCommand=none', '-o', 'RequestTTY=no'],
  ];
  const folder = await mkdtemp(join(Buffer.byteLength(tmpdir()) <= MAX_FOLDER_BYTES ? tmpdir() : '/tmp', 'dsync-ssh-'));
  const socket = join(folder, 'c');
  const args = [
    ...['-M', '-N', '-T', '-S', socket],
    ...own,
    ...['-o', 'ControlPersist=no', '-o', `ConnectTimeout=${CONNECT_SECONDS}`],
    ...['-o', 'PermitLocalCommand=yes', '-o', `LocalCommand=echo ${READY}`],
    ...['--', host],
  ];
  const child = spawn('/bin/sh', ['-c', WHILE_STDIN_OPEN, 'dsync-ssh', folder, 'ssh', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-8000);
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve()).once('close', () => resolve());
    // Something that ssh started may hold on to its stderr for ever.
    child.once('exit', () => setTimeout(resolve, LAST_WORDS_MS).unref());
  });
  const close = async (): Promise<void> => {
    child.stdin.destroy();
    await ended;
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
    await rm(folder, { recursive: true, force: true });
  };
  const isReady = new Promise<boolean>((resolve) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-1000);
      if (output.includes(READY)) resolve(true);
    });
    void ended.then(() => resolve(false));
    signal.addEventListener('abort', () => resolve(false), { once: true });
    if (signal.aborted) resolve(false);
  });
  if (!(await isReady)) {
    await close();
    signal.throwIfAborted();
    if (/not found|No such file/.test(complaint) && !/ssh:/.test(complaint.replace(/^.*\bssh: not found.*$/m, '')))
      throw new DsyncError('SSH_CONFIG', 'There is no ssh on this host', { cure: 'Install the OpenSSH client.' });
    throw sshFailure(destination, complaint);
  }
  const words = ['ssh', '-S', socket, '-o', 'ControlMaster=no', ...own];
  return {
    words,
    run: (script) => capture('ssh', [...words.slice(1), '-T', '--', host, remoteCommand(script)], { signal }),
    [Symbol.asyncDispose]: close,
  };
}

/** rsync writes an IPv6 address in brackets, ssh without. */
function bareHost(destination: string): string {
  return destination.replace(/\[([^\]]+)\]$/, '$1');
}
