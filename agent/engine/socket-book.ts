/**
 * Where the agents of other hosts listen, as they said last. A cache: what is wrong in it costs one refused connection.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { AbsPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import type { HostRecord } from './config/hosts-file.ts';

export interface SocketBook {
  get(host: HostRecord): string | undefined;
  set(host: HostRecord, path: string): void;
}

const bookSchema = z.record(z.string(), z.string());

export function openSocketBook(file: AbsPath): SocketBook {
  let pathByHost: Record<string, string> | undefined;
  const read = (): Record<string, string> => {
    try {
      return bookSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    } catch {
      return {};
    }
  };
  // Another destination or another place of the program is another agent.
  const keyOf = ({ destination, bridgeCommand }: HostRecord): string => `${destination} ${bridgeCommand}`;
  return {
    get(host) {
      pathByHost ??= read();
      return pathByHost[keyOf(host)];
    },
    set(host, path) {
      pathByHost ??= read();
      if (pathByHost[keyOf(host)] === path) return;
      pathByHost = { ...pathByHost, [keyOf(host)]: path };
      try {
        writeFileAtomic(file, `${JSON.stringify(pathByHost, null, 2)}\n`);
      } catch {
        // A disk that is full, say: the next run asks for the path again.
      }
    },
  };
}
