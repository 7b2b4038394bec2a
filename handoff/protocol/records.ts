/**
 * Small files by name, each replaced as a whole and on disk when the call returns.
 *
 * @module
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { errnoOf } from '../../platform/failure.ts';
import { withLock } from '../../platform/lock.ts';

export interface Records {
  /** Undefined where there is none. */
  read(path: string): string | undefined;
  write(path: string, text: string): void;
  remove(path: string): void;
  /** Names in a folder, sorted; none where it is not there. */
  list(folder: string): string[];
  /** One at a time over all processes. What is done inside takes milliseconds. */
  locked<T>(work: () => T): Promise<T>;
  /** Of a record, for messages. */
  where(path: string): string;
}

export function openRecords(folder: AbsPath): Records {
  const at = (path: string): AbsPath => childPath(folder, path);
  return {
    read(path) {
      try {
        return readFileSync(at(path), 'utf8');
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    },
    write: (path, text) => writeFileAtomic(at(path), text),
    remove: (path) => rmSync(at(path), { force: true }),
    list(path) {
      try {
        return readdirSync(at(path)).sort();
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') return [];
        throw error;
      }
    },
    locked: (work) => withLock(at('lock'), work),
    where: at,
  };
}
