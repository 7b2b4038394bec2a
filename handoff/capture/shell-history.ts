/**
 * The last lines of a shell's own history file.
 *
 * @module
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { plainLines } from './typed-lines.ts';

export type ShellKind = 'bash' | 'zsh' | 'fish' | 'other';

const TAIL_BYTES = 64 * 1024;
const MAX_LINES = 100;

export function shellKind(path: string): ShellKind {
  const name = basename(path).replace(/^-/, '');
  return name === 'bash' || name === 'zsh' || name === 'fish' ? name : 'other';
}

export function recentHistory(kind: ShellKind, home: string, env: NodeJS.ProcessEnv = process.env): string[] {
  const path =
    kind === 'fish'
      ? `${env.XDG_DATA_HOME || `${home}/.local/share`}/fish/fish_history`
      : kind === 'zsh'
        ? `${home}/.zsh_history`
        : `${home}/.bash_history`;
  return plainLines(parseHistory(kind, readTail(path))).slice(-MAX_LINES);
}

/** Pure. zsh writes `: time:seconds;line`, fish `- cmd: line`; bash may put `#time` above each line. */
export function parseHistory(kind: ShellKind, text: string): string[] {
  const lines = text.split('\n');
  switch (kind) {
    case 'zsh':
      return lines.map((line) => line.replace(/^: \d+:\d+;/, ''));
    case 'fish':
      return lines.flatMap(
        (line) => /^- cmd: (.*)$/.exec(line)?.[1]?.replaceAll('\\n', '\n').replaceAll('\\\\', '\\') ?? [],
      );
    case 'bash':
    case 'other':
      return lines.filter((line) => !/^#\d+$/.test(line));
  }
}

function readTail(path: string): string {
  try {
    const fd = openSync(path, 'r');
    try {
      const { size } = fstatSync(fd);
      const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
      readSync(fd, bytes, 0, bytes.length, size - bytes.length);
      const text = bytes.toString('utf8');
      return size > TAIL_BYTES ? text.slice(text.indexOf('\n') + 1) : text;
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
}
