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

export function createAudit(folder: AbsPath): Audit {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let month = '';
  let stream: WriteStream | undefined;
  return {
    write(root, applied) {
      const at = new Date().toISOString();
      if (stream === undefined || at.slice(0, 7) !== month) {
        stream?.end();
        month = at.slice(0, 7);
        stream = createWriteStream(childPath(folder, `${month}.jsonl`), { flags: 'a', mode: 0o600 });
        // A full disk must not stop the work that the record is of.
        stream.on('error', () => undefined);
      }
      stream.write(`${JSON.stringify({ at, root, ...applied })}\n`);
    },
    close: () =>
      new Promise((resolve) => {
        if (stream === undefined) resolve();
        else stream.end(() => resolve());
      }),
  };
}
