/**
 * A session by the system's ssh: a master of our own holds the connection, everything else goes through its socket.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DsyncError } from '../../platform/failure.ts';
import { askedOf, collect, exitOf } from './openssh-client.ts';
import { type ClientCall, clientArgs, masterArgs, READY, WHILE_STDIN_OPEN } from './openssh-session-args.ts';
import { sshFailure } from './openssh-session-errors.ts';
import { type PipedChild, stdioStream } from './proxy-stdio.ts';
import type { SshExec, SshSession } from './ssh-session.ts';

export interface OpenSshLogin {
  /** As ssh takes it. */
  readonly destination: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** ssh binds the socket under a longer, temporary name first; 104 bytes is the least that a system has. */
const MAX_FOLDER_BYTES = 60;
/** How long the master's last words are waited for, once it ended. */
const LAST_WORDS_MS = 500;

/** @throws {DsyncError} SSH_AUTH, HOST_KEY_CHANGED, HOST_KEY_UNKNOWN, HOST_UNREACHABLE, SSH_CONFIG */
export async function openOpenSshSession({ destination, env, timeoutMs, signal }: OpenSshLogin): Promise<SshSession> {
  const base = Buffer.byteLength(tmpdir()) <= MAX_FOLDER_BYTES ? tmpdir() : '/tmp';
  const folder = await mkdtemp(join(base, 'dsync-ssh-'));
  const removed = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const socket = join(folder, 'c');
  const args = masterArgs(destination, { socket, timeoutMs });
  const master = spawn('/bin/sh', ['-c', WHILE_STDIN_OPEN, 'dsync-ssh', folder, 'ssh', ...args], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaint = '';
  master.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-8000);
  });
  master.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    master.once('error', (error) => {
      complaint += error.message;
      resolve();
    });
    master.once('close', () => resolve());
    // Something that ssh started may hold on to its stderr for ever.
    master.once('exit', () => setTimeout(resolve, LAST_WORDS_MS));
  });
  try {
    await ready(master, ended, signal);
  } catch (error) {
    master.stdin.destroy();
    await ended;
    await removed();
    throw error ?? sshFailure(destination, complaint);
  }
  return sessionOf({
    destination,
    env,
    folder,
    socket,
    ended,
    removed,
    end: () => master.stdin.destroy(),
    complaint: () => complaint,
  });
}

/** Rejects with undefined where the master ended first. */
function ready(master: PipedChild, ended: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void ended.then(() => reject(undefined));
    master.stdout.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-1000);
      if (!output.includes(READY)) return;
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}

interface Master {
  readonly destination: string;
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly socket: string;
  readonly ended: Promise<void>;
  readonly end: () => void;
  readonly removed: () => Promise<void>;
  readonly complaint: () => string;
}

function sessionOf({ destination, env, folder, socket, ended, end, removed, complaint }: Master): SshSession {
  const children = new Set<ChildProcess>();
  const streams = new Set<Duplex>();
  const localByRemote = new Map<string, Promise<string>>();
  let state: 'open' | 'closing' | 'closed' = 'open';

  const closed = ended.then(async () => {
    const error = state === 'closing' ? undefined : sshFailure(destination, complaint() || 'the connection broke');
    state = 'closed';
    for (const stream of streams) stream.destroy(error ?? gone());
    for (const child of children) child.kill();
    await removed();
    return error;
  });

  function gone(): DsyncError {
    return state === 'closing'
      ? new DsyncError('CANCELLED', `The connection to ${destination} was closed`)
      : new DsyncError('HOST_UNREACHABLE', `The connection to ${destination} is gone`);
  }

  function client(options: ClientCall): PipedChild {
    if (state !== 'open') throw gone();
    const child = spawn('ssh', clientArgs(destination, { socket, ...options }), {
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    children.add(child);
    child.once('close', () => children.delete(child)).once('error', () => children.delete(child));
    return child;
  }

  function own<S extends Duplex>(stream: S): S {
    streams.add(stream);
    stream.once('close', () => streams.delete(stream));
    return stream;
  }

  /**
   * Resolves once this client ended: with an error where that was because the connection broke. ssh says 255 then, and
   * so may a command; only a master that still answers tells one from the other.
   */
  async function lostOf(child: ChildProcess): Promise<Error | undefined> {
    const code = await exitOf(child);
    if (code !== 255) return undefined;
    if (state === 'open' && (await run(['-O', 'check'])).code === 0) return undefined;
    return gone();
  }

  /** Runs a client to its end. */
  async function run(ask: readonly string[]): Promise<{ code: number | null; errors: string }> {
    const child = client({ ask });
    child.stdin.on('error', () => undefined).end();
    child.stdout.resume();
    const errors = collect(child.stderr);
    const code = await new Promise<number | null>((resolve) => {
      child.once('close', resolve).once('error', () => resolve(null));
    });
    return { code, errors: errors() };
  }

  /**
   * Returns once the server has answered all that was asked of it before, and closed what it refused: ssh tells nobody of
   * a refusal but by closing. The server answers in order, and port 1 is asked for because it is refused at once and
   * starts nothing there: the first time the refusal is in, the second time the other side's farewell. After the third
   * call, which stays on this host, a client that was told of its end has ended.
   */
  async function answered(): Promise<void> {
    for (const ask of [
      ['-W', '127.0.0.1:1'],
      ['-W', '127.0.0.1:1'],
      ['-O', 'check'],
    ])
      await run(ask);
  }

  /** @param ended tells of an end that the stream is still to be told of */
  async function isOpen(stream: Duplex, ended = (): boolean => false): Promise<boolean> {
    let readable = false;
    const onReadable = (): void => {
      readable = true;
    };
    stream.on('readable', onReadable);
    await answered();
    // What the master closed before is seen within one turn of the event loop, and ends the stream within another.
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    stream.removeListener('readable', onReadable);
    if (!readable) return !stream.destroyed && !stream.readableEnded && !ended();
    const first: Buffer | null = stream.read();
    if (first === null) return false;
    stream.unshift(first);
    return true;
  }

  function forward(path: string): Promise<string> {
    const known = localByRemote.get(path);
    if (known !== undefined) return known;
    const local = join(folder, `u${localByRemote.size}`);
    const made = run(['-O', 'forward', '-L', `${local}:${path}`]).then(({ code, errors }) => {
      if (code === 0) return local;
      localByRemote.delete(path);
      throw new DsyncError(
        'UNSUPPORTED',
        `Could not reach ${path} on ${destination}: ${errors.trim() || 'ssh refused to forward it'}`,
      );
    });
    localByRemote.set(path, made);
    return made;
  }

  return {
    transport: 'openssh',
    closed,
    async exec(command) {
      const child = client({ command: [command] });
      const lost = lostOf(child);
      return execOf(child, own(stdioStream(child, { verdict: () => lost })), lost);
    },
    async subsystem(name) {
      const child = client({ ask: ['-s'], command: [name], tellsOpened: true });
      const errors = collect(child.stderr);
      const asked = askedOf(child);
      const stream = own(stdioStream(child, { verdict: () => lostOf(child) }));
      await asked;
      if (await isOpen(stream, () => child.exitCode !== null || child.signalCode !== null)) return stream;
      stream.destroy();
      if (state !== 'open') throw gone();
      const complaint = errors().replace(/^debug1:.*\n?/gm, '');
      throw new DsyncError(
        'UNSUPPORTED',
        `${destination} has no subsystem ${name}: ${complaint.trim() || 'it closed the channel'}`,
      );
    },
    async connectUnix(path) {
      if (/[:\0\n]/.test(path))
        throw new DsyncError('UNSUPPORTED', `ssh cannot forward to ${path}: the name has a colon`);
      const stream = own(connectSocket(await forward(path)));
      stream.on('error', () => undefined);
      await once(stream, 'connect');
      if (await isOpen(stream)) return stream;
      stream.destroy();
      if (state !== 'open') throw gone();
      throw new DsyncError('UNSUPPORTED', `${destination} refused a connection to ${path}`);
    },
    close() {
      if (state !== 'open') return;
      state = 'closing';
      end();
    },
  };
}

function execOf(child: PipedChild, stream: Duplex, lost: Promise<Error | undefined>): SshExec {
  const exited = new Promise<{ code: number | undefined; signal: string | undefined }>((resolve) => {
    child.once('error', () => resolve({ code: undefined, signal: undefined }));
    child.once('close', async (code: number | null) => {
      const error = await lost;
      // What was read as it came is complete before the end is told.
      await nextTurn();
      resolve({ code: error === undefined ? (code ?? undefined) : undefined, signal: undefined });
    });
  });
  return { stream, stderr: child.stderr, exited };
}
