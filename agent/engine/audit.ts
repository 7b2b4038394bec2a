/**
 * A record of every change applied here: what, from where, when, and the hash before and after. One JSON line each.
 *
 * @module
 */
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { Applied } from './receive.ts';

export interface Audit {
  write(root: string, applied: Applied): void;
  close(): Promise<void>;
}

/** In a flood, many lines go out in one write. */
const WRITE_AFTER_MS = 20;

export function createAudit(folder: AbsPath): Audit {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let month = '';
  let stream: WriteStream | undefined;
  let lines = '';
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (lines !== '') stream?.write(lines);
    lines = '';
  };
  return {
    write(root, { what, path, host, sizeBytes, before, after }) {
      const at = new Date().toISOString();
      if (stream === undefined || !at.startsWith(month)) {
        flush();
        stream?.end();
        month = at.slice(0, 7);
        stream = createWriteStream(childPath(folder, `${month}.jsonl`), { flags: 'a', mode: 0o600 });
        // A full disk must not stop the work that the record is of.
        stream.on('error', () => undefined);
      }
      lines += `${JSON.stringify({ at, root, what, path, host, sizeBytes, before, after })}\n`;
      timer ??= setTimeout(flush, WRITE_AFTER_MS);
    },
    close: () =>
      new Promise((resolve) => {
        flush();
        if (stream === undefined) resolve();
        else stream.end(() => resolve());
      }),
  };
}
