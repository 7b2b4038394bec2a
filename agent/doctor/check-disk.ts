import { stat } from 'node:fs/promises';
import { tildePath } from '../../platform/abs-path.ts';
import { formatBytes } from '../../platform/format.ts';
import type { Check } from './check.ts';
import { settle } from './check-programs.ts';
import type { Context } from './context.ts';
import { judgeDisk, readDiskRoom } from './disk.ts';

/** Each filesystem once, by the first of the folders on it. */
export function checkDisk({ home, roots }: Context): Check {
  return {
    name: 'disk',
    deadlineMs: 5000,
    async run(notes) {
      const seen = new Set<number>();
      const look = async (folder: string): Promise<void> => {
        const found = await stat(folder).catch(() => undefined);
        if (found === undefined || seen.has(found.dev)) return;
        seen.add(found.dev);
        const room = await readDiskRoom(folder);
        notes.detail(`${formatBytes(room.freeBytes)} free for ${tildePath(folder)}`);
        judgeDisk(notes, `the disk of ${tildePath(folder)}`, room);
      };
      await settle([home.state, ...roots.map(({ path }) => path)].map(look));
    },
  };
}
