/**
 * Running sh scripts on a host whose login shell and start-up files are somebody else's.
 *
 * sshd hands every command to the login shell (bash, zsh, fish, csh), which may print and set what it likes before. So
 * a script travels in characters that mean the same to all of them, runs in /bin/sh, and what it prints is taken from
 * between two marks that occur once.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DsyncError, messageOf } from '../../platform/failure.ts';
import { createFrameReader, type FrameReader, printBegin, printEnd, type RemoteResult } from './remote-frame.ts';
import type { SshExec, SshSession } from './ssh-session.ts';

/** What start-up files set for people and what would change how our programs run. */
const FORGET = 'unset ENV BASH_ENV CDPATH NODE_OPTIONS NODE_PATH NODE_ENV TAR_OPTIONS GZIP POSIXLY_CORRECT';

/** One word for a POSIX shell, whatever is in the text. */
export function quoteSh(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * A command line that runs the sh script in /bin/sh, whichever shell reads it.
 *
 * `\0ooo` is the form that printf's %b knows; within single quotes it means nothing to bash, zsh, fish or csh, while
 * fish reads `\\` and csh `!` and line breaks even there.
 */
export function remoteCommand(script: string): string {
  const escaped = `${FORGET}\n${script}`.replace(/[^\x20-\x7e]|[\\!'`]/gu, (char) =>
    [...Buffer.from(char)].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join(''),
  );
  return `exec /bin/sh -c 'eval "$(printf %b "$0")"' '${escaped}'`;
}

/**
 * Runs a script there and waits for its end.
 *
 * @param input what the script reads from its stdin; sent once the script runs, so that no start-up file swallows it
 * @throws {DsyncError} HOST_UNREACHABLE the connection broke before the script was over
 */
export async function runRemote(
  session: SshSession,
  script: string,
  { input, signal }: { readonly input?: Readable | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<RemoteResult> {
  signal?.throwIfAborted();
  const token = randomBytes(12).toString('hex');
  const exec = await session.exec(remoteCommand(framed(script, token))).catch((cause: unknown) => {
    signal?.throwIfAborted();
    if (cause instanceof DsyncError) throw cause;
    throw new DsyncError('HOST_UNREACHABLE', `Could not run a command on the host: ${messageOf(cause)}`, { cause });
  });
  const abort = () => exec.stream.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const reader = createFrameReader(token);
    let noise = '';
    exec.stderr.setEncoding('utf8').on('data', (text: string) => {
      noise = `${noise}${text}`.slice(-2000);
    });
    exec.stderr.on('error', () => undefined);
    const fault = await converse(exec, reader, input);
    signal?.throwIfAborted();
    if (reader.result !== undefined) return reader.result;
    const { code } = await exec.exited;
    const said = [noise.trim(), fault === undefined ? '' : messageOf(fault)].filter((text) => text !== '').join('; ');
    const outcome = code === undefined ? 'the connection broke' : `the shell there ended with exit code ${code}`;
    throw new DsyncError('HOST_UNREACHABLE', `Could not run a command on the host: ${outcome}${said && `: ${said}`}`, {
      cause: fault,
    });
  } finally {
    signal?.removeEventListener('abort', abort);
    exec.stream.destroy();
  }
}

/** Reads until the end mark or the end of the stream; returns what broke the stream, if anything did. */
async function converse(exec: SshExec, reader: FrameReader, input: Readable | undefined): Promise<unknown> {
  const { stream } = exec;
  return await new Promise((resolve) => {
    let isFed = false;
    stream.on('data', (part: Buffer) => {
      reader.push(part);
      if (reader.hasBegun && !isFed) {
        isFed = true;
        // A script may end before it has read everything; what it says then matters more than the broken pipe.
        if (input === undefined) stream.end();
        else pipeline(input, stream, { end: true }).catch(() => undefined);
      }
      if (reader.result !== undefined) resolve(undefined);
    });
    stream.on('end', () => resolve(undefined));
    stream.on('close', () => resolve(undefined));
    stream.on('error', resolve);
  });
}

/**
 * What the script says on stderr comes after its stdout, within the marks: two pipes would arrive in any order. Input
 * that it did not read is taken in at the end, else a broken pipe could come here before what the script said.
 */
function framed(script: string, token: string): string {
  return [
    printBegin(token),
    'exec 3>&1',
    'said=$( ( exec 3>&-',
    script,
    ') 2>&1 >&3 )',
    'code=$?',
    printEnd(token),
    `printf '%s %s' "$code" "$said"`,
    printEnd(token),
    'exec cat >/dev/null',
  ].join('\n');
}
