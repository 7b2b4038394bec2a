/**
 * One run of the system's rsync: its file list in, its lines out.
 *
 * @module
 */
import { spawn } from 'node:child_process';

export interface RsyncRun {
  readonly args: readonly string[];
  /** Names for `--files-from=-`, each as it stands in the root. */
  readonly names?: Iterable<string> | undefined;
  /** Called for each line and each progress report. */
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface RsyncEnd {
  /** 127 where there is no rsync here. */
  readonly code: number;
  /** The end of what it said on stderr. */
  readonly complaint: string;
}

const KEPT_COMPLAINT = 64_000;
const LINE_BREAKS = /[\r\n]/;

/**
 * As many names as are asked of a sender there at once. From 3.2.5 on rsync looks through the whole list for each file
 * that comes in, so that nothing comes which was not asked for: 50,000 at once took 27 s of processor time.
 */
const NAMES_AT_ONCE = 4000;

/**
 * The same for names of which rsync checks that nothing else comes: some at a time.
 *
 * @returns the first end that is more than some paths passed over, or all that was said of those
 */
export async function runRsyncInParts(run: RsyncRun & { readonly names: readonly string[] }): Promise<RsyncEnd> {
  const all = { code: 0, complaint: '' };
  for (let at = 0; at < run.names.length; at += NAMES_AT_ONCE) {
    const { code, complaint } = await runRsync({ ...run, names: run.names.slice(at, at + NAMES_AT_ONCE) });
    if (code === 0) continue;
    all.code = code;
    all.complaint = `${all.complaint}\n${complaint}`.trim().slice(-KEPT_COMPLAINT);
    if (code !== 23 && code !== 24) break;
  }
  return all;
}

/** @throws the signal's reason */
export async function runRsync({ args, names, onLine, signal }: RsyncRun): Promise<RsyncEnd> {
  signal.throwIfAborted();
  const child = spawn('rsync', args, { env: rsyncEnv(), stdio: ['pipe', 'pipe', 'pipe'] });
  const onAbort = (): void => void child.kill('SIGINT');
  signal.addEventListener('abort', onAbort, { once: true });
  let complaint = '';
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split(LINE_BREAKS);
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(line);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-KEPT_COMPLAINT);
  });
  // It may end before it has read the list; why it did says more.
  child.stdin.on('error', () => undefined);
  const code = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (exit) => resolve(exit ?? 20));
    if (names === undefined) child.stdin.end();
    else child.stdin.end(fileList(names));
  });
  signal.removeEventListener('abort', onAbort);
  signal.throwIfAborted();
  if (rest !== '') onLine(rest);
  return { code, complaint: complaint.trim() };
}

/** `./` before each: a name that starts with # or ; would else be a comment. */
function fileList(names: Iterable<string>): Buffer {
  const parts: string[] = [];
  for (const name of names) parts.push(`./${name}\0`);
  return Buffer.from(parts.join(''));
}

/** In the C locale every byte of a name is told apart, and messages are as the parsers know them. */
function rsyncEnv(): NodeJS.ProcessEnv {
  const { RSYNC_OLD_ARGS: _old, RSYNC_PROTECT_ARGS: _protect, RSYNC_ICONV: _iconv, ...env } = process.env;
  return { ...env, LC_ALL: 'C', TZ: 'UTC' };
}
