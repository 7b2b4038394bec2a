/**
 * The rsync of this host, run for one file at a time: as the one that reads it, or as the one that makes it anew from a
 * file that is nearly the same.
 *
 * @module
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { AbsPath } from '../../platform/abs-path.ts';
import type { LaneRun } from './lane.ts';
import { isRsyncFrom, LEAST_RSYNC, parseRsyncVersion } from './rsync-flavour.ts';

export interface RsyncProgram {
  /** For people: `3.2.7`. */
  readonly version: string;
  /** Reads the file of that name in the folder, for a receiver that starts with the flags which `flags` resolves to. */
  send(folder: AbsPath, name: string): LaneRun & { readonly flags: Promise<string> };
  /** Stopped, it keeps what has arrived for the next run. */
  receive(options: RsyncReceive): LaneRun;
}

export interface RsyncReceive {
  /** As the sender's run told them; see {@link isRsyncFlags}. */
  readonly flags: string;
  /** Where the file arrives, under its own name, with what an earlier run got. */
  readonly into: AbsPath;
  /** The folder in which a file of that name is nearly the same. */
  readonly basis: AbsPath;
  readonly sizeBytes: number;
}

const STALLED_S = 300;
const PARTIAL_FOLDER = '.partial';
/** Behind what a person does. */
const NICENESS = 5;
const MAX_COMPLAINT_CHARS = 2000;

/**
 * What rsync takes for the remote shell: tells the flags of the far side in a line, then copies between rsync and the
 * two descriptors. The one in the foreground must be the one that reads for rsync, or rsync waits for ever.
 */
const SHIM = [
  'for flags; do case $flags in -[!-]*e.*) break;; esac; done',
  'printf "%s\\n" "$flags" >&4',
  'exec 5<&0',
  'cat <&5 >&4 3<&- 5<&- & exec cat <&3 4>&- 5<&-',
].join('; ');

/** Undefined where there is none, or one that is too old or sends whole files only. */
export async function findRsync(): Promise<RsyncProgram | undefined> {
  let said: string;
  try {
    said = (await promisify(execFile)('rsync', ['--version'], { env: environment(), timeout: 10_000 })).stdout;
  } catch {
    return undefined;
  }
  const flavour = parseRsyncVersion(said);
  if (flavour?.kind !== 'rsync' || !isRsyncFrom(flavour, LEAST_RSYNC)) return undefined;
  return { version: flavour.version, send, receive };
}

/** What a peer says its rsync needs of ours: nothing but letters that name abilities. */
export function isRsyncFlags(flags: string): boolean {
  return /^-I?e\.[A-Za-z]{0,32}$/.test(flags);
}

/** The sums of all blocks and one block cost the least together at this size. */
export function blockBytesFor(sizeBytes: number): number {
  const SUM_BYTES = 7;
  const MIN = 700;
  const MAX = 128 << 10;
  return Math.min(MAX, Math.max(MIN, Math.ceil(Math.sqrt(sizeBytes * SUM_BYTES) / 8) * 8));
}

function send(folder: AbsPath, name: string): ReturnType<RsyncProgram['send']> {
  const args = ['--no-whole-file', '--ignore-times', `--timeout=${STALLED_S}`, '-e', `sh -c '${SHIM}'`];
  const child = spawn('rsync', [...args, '--', `./${name}`, 'x:.'], {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  const to = child.stdio[3] as Writable;
  const from = child.stdio[4] as Readable;
  const run = watch(child, { from, to });
  return { ...run, flags: readLine(from) };
}

function receive({ flags, into, basis, sizeBytes }: RsyncReceive): LaneRun {
  const child = spawn(
    'rsync',
    [
      '--server',
      flags.startsWith('-I') ? flags : `-I${flags.slice(1)}`,
      `-B${blockBytesFor(sizeBytes)}`,
      `--timeout=${STALLED_S}`,
      `--copy-dest=${basis}`,
      `--partial-dir=${PARTIAL_FOLDER}`,
      '.',
      './',
    ],
    { cwd: into, env: environment(), stdio: ['pipe', 'pipe', 'pipe'] },
  );
  return watch(child, { from: child.stdout, to: child.stdin });
}

function watch(child: ChildProcess, { from, to }: { readonly from: Readable; readonly to: Writable }): LaneRun {
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString('utf8')).slice(-MAX_COMPLAINT_CHARS);
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(`${complaint.trim()} (${signal ?? `exit code ${code}`})`.trim());
    });
  });
  if (child.pid !== undefined) {
    try {
      setPriority(child.pid, NICENESS);
    } catch {
      // It is over already, or may not be: it goes on as it is.
    }
  }
  return { from, to, ended, stop: () => void child.kill('SIGTERM') };
}

/** Rejects where the stream ends first. */
function readLine(stream: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = Buffer.alloc(0);
    const onReadable = (): void => {
      for (let chunk: Buffer | null = stream.read(); chunk !== null; chunk = stream.read()) {
        said = Buffer.concat([said, chunk]);
        const end = said.indexOf(10);
        if (end < 0) continue;
        stream.off('readable', onReadable);
        if (end + 1 < said.length) stream.unshift(said.subarray(end + 1));
        resolve(said.toString('utf8', 0, end));
        return;
      }
    };
    stream.on('readable', onReadable);
    stream.once('close', () => reject(new Error('rsync ended before it began')));
  });
}

/** The user's own settings of rsync, in the environment and in ~/.popt, are for what the user types. */
function environment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C',
  };
}
