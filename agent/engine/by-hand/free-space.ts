import { statfsSync } from 'node:fs';
import type { AbsPath } from '../../../platform/abs-path.ts';

/** On the disk of the nearest folder at or above it that is there; undefined where the system does not tell. */
export function freeBytesHere(folder: AbsPath): number | undefined {
  for (let at: string = folder; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    try {
      const { bavail, bsize } = statfsSync(at);
      return bavail * bsize;
    } catch {
      // Not there yet: the one above it will hold it.
    }
  }
  return undefined;
}
