/**
 * A record of every change applied here: what, from where, when, and the hash before and after. One JSON line each.
 *
 * @module
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { Applied } from './receive.ts';

export interface Audit {
  write(root: string, applied: Applied): void;
  close(): void;
}

/** In a flood, many lines go out in one write. */
const WRITE_AFTER_MS = 50;

export function createAudit(folder: AbsPath): Audit {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let fileAt = '';
  let fd: number | undefined;
  let lines = '';
  let timer: NodeJS.Timeout | undefined;
  let second = Number.NaN;
  let secondText = '';

  /** As `toISOString` has it, which costs as much as all the rest of a line. */
  const timeText = (now: number): string => {
    const ms = now % 1000;
    if (now - ms !== second) {
      second = now - ms;
      secondText = new Date(second).toISOString().slice(0, -4);
    }
    return `${secondText}${String(ms).padStart(3, '0')}Z`;
  };
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    try {
      const at = childPath(folder, `${new Date().toISOString().slice(0, 7)}.jsonl`);
      if (at !== fileAt) {
        if (fd !== undefined) closeSync(fd);
        fd = undefined;
        fd = openSync(at, 'a', 0o600);
        fileAt = at;
      }
      if (fd !== undefined && lines !== '') writeSync(fd, lines);
    } catch {
      // A full disk must not stop the work that the record is of.
    }
    lines = '';
  };
  return {
    write(root, { what, path, host, sizeBytes, before, after }) {
      // Hashes and what was done need no quoting.
      const [rootText, pathText, hostText] = [JSON.stringify(root), JSON.stringify(path), JSON.stringify(host)];
      lines += `{"at":"${timeText(Date.now())}","root":${rootText},"what":"${what}","path":${pathText},"host":${hostText},"sizeBytes":${sizeBytes},"before":"${before}","after":"${after}"}\n`;
      timer ??= setTimeout(flush, WRITE_AFTER_MS);
    },
    close() {
      flush();
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}
