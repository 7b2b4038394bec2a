import { closeSync, mkdirSync, openSync, readFileSync, readSync, statSync, watch } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { AbsPath } from '../../platform/abs-path.ts';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { errnoOf } from '../../platform/failure.ts';
import { logPath, logPaths } from '../../platform/log.ts';
import type { LogsOptions } from './agent-commands.ts';
import { formatLogLine } from './format-log.ts';

export async function logs(cli: Cli, { follow, lines, json }: LogsOptions): Promise<ExitCode> {
  const path = logPath(cli.home);
  const show = (line: string): void => cli.print(json ? line : formatLogLine(line, cli.colors));
  const { last, readTo } = lastLines(path, lines);
  last.forEach(show);
  if (follow) await followLog(path, readTo, show, cli.signal);
  else if (last.length === 0) cli.note(`The log ${path} is empty.`);
  return 0;
}

/** The last `count` lines, also out of files that were moved aside. `readTo`: up to which byte of the newest file. */
function lastLines(path: AbsPath, count: number): { readonly last: readonly string[]; readonly readTo: number } {
  let last: string[] = [];
  let readTo = 0;
  for (const file of logPaths(path)) {
    if (last.length >= count) break;
    const text = readIfThere(file);
    if (file === path)
      readTo = text.lastIndexOf('\n') < 0 ? 0 : Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1));
    last = [...text.split('\n').slice(0, -1), ...last];
  }
  return { last: count === 0 ? [] : last.slice(-count), readTo };
}

/** Shows each line that comes after byte `from`, until the signal aborts. A file that moved aside is read to its end first. */
function followLog(path: string, from: number, show: (line: string) => void, signal: AbortSignal): Promise<void> {
  let at = from;
  let fd = openIfThere(path);
  let ino = inodeOf(path);
  let decoder = new StringDecoder('utf8');
  let open = '';
  const bytes = Buffer.alloc(64 * 1024);

  function drain(): void {
    if (fd === undefined) return;
    for (;;) {
      const count = readSync(fd, bytes, 0, bytes.length, at);
      if (count === 0) return;
      at += count;
      const lines = (open + decoder.write(bytes.subarray(0, count))).split('\n');
      open = lines.pop() ?? '';
      lines.forEach(show);
    }
  }

  function look(): void {
    drain();
    const current = inodeOf(path);
    if (current === ino || current === undefined) return;
    // What came between the first look and the move.
    drain();
    if (fd !== undefined) closeSync(fd);
    fd = openIfThere(path);
    ino = current;
    at = 0;
    open = '';
    decoder = new StringDecoder('utf8');
    drain();
  }

  return new Promise((resolve) => {
    const folder = path.slice(0, path.lastIndexOf('/'));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const watcher = watch(folder, look);
    const finish = (): void => {
      watcher.close();
      if (fd !== undefined) closeSync(fd);
      resolve();
    };
    if (signal.aborted) return finish();
    signal.addEventListener('abort', finish, { once: true });
    look();
  });
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}
