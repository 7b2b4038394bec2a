/**
 * Lines as they were typed: the shell hook writes the one that runs into a file by the shell's pid, and appends each to
 * another.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs';
import type { Home } from '../../platform/home.ts';
import { hideSecrets } from './secrets.ts';

export interface TypedLine {
  /** Where it was typed. */
  readonly cwd: string;
  readonly line: string;
}

const MAX_LINE_BYTES = 100_000;
const MAX_HISTORY_BYTES = 200_000;
const MAX_HISTORY_LINES = 200;

export function typedFolder({ state }: Pick<Home, 'state'>): string {
  return `${state}/typed`;
}

/** @param startedMs of the shell: a file from before is of another process that had this pid */
export function typedLine(
  home: Pick<Home, 'state'>,
  shell: { readonly pid: number; readonly startedMs: number },
): TypedLine | undefined {
  const text = readRecent(`${typedFolder(home)}/${shell.pid}`, shell.startedMs, MAX_LINE_BYTES);
  return text === undefined ? undefined : parseTyped(text);
}

/** The youngest last, without those that look secret. */
export function typedHistory(
  home: Pick<Home, 'state'>,
  shell: { readonly pid: number; readonly startedMs: number },
): string[] {
  const text = readRecent(`${typedFolder(home)}/${shell.pid}.history`, shell.startedMs, MAX_HISTORY_BYTES) ?? '';
  return plainLines(text.split('\n'));
}

/** Pure. The folder, then the line, which may go on over several. */
export function parseTyped(text: string): TypedLine | undefined {
  const at = text.indexOf('\n');
  const cwd = text.slice(0, at);
  const line = text.slice(at + 1).replace(/\n+$/, '');
  return at < 1 || !cwd.startsWith('/') || line.trim() === '' || line.startsWith(' ') ? undefined : { cwd, line };
}

/** Pure. The last ones, each once in a row, none that is secret or was meant to be kept out. */
export function plainLines(lines: readonly string[]): string[] {
  const plain = lines.filter(
    (line, i) =>
      line.trim() !== '' && !/^\s/.test(line) && line !== lines[i - 1] && hideSecrets(line).hidden.length === 0,
  );
  return plain.slice(-MAX_HISTORY_LINES);
}

function readRecent(path: string, sinceMs: number, maxBytes: number): string | undefined {
  try {
    const { mtimeMs, size, uid } = statSync(path);
    // The system counts a process's start in hundredths of a second from its own start.
    if (mtimeMs < sinceMs - 2_000 || uid !== process.getuid?.()) return undefined;
    const bytes = readFileSync(path);
    return size > maxBytes ? bytes.subarray(-maxBytes).toString('utf8') : bytes.toString('utf8');
  } catch {
    return undefined;
  }
}
