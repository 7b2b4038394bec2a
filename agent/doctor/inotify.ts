/**
 * What the kernel allows a user to watch, and how much of that is used by all of the user's programs.
 *
 * @module
 */
import { readdir, readFile, readlink, stat } from 'node:fs/promises';

export interface InotifyUse {
  readonly watches: number;
  readonly maxWatches: number;
  readonly instances: number;
  readonly maxInstances: number;
}

/** Undefined where there is no inotify. Programs of other users, and those that hide, are not counted. */
export async function readInotifyUse({ proc = '/proc' } = {}): Promise<InotifyUse | undefined> {
  const limit = async (name: string): Promise<number> =>
    Number.parseInt(await readFile(`${proc}/sys/fs/inotify/${name}`, 'utf8'), 10);
  try {
    const [maxWatches, maxInstances] = await Promise.all([limit('max_user_watches'), limit('max_user_instances')]);
    const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
    const used = await Promise.all(pids.map((pid) => useOf(`${proc}/${pid}`)));
    const sum = (pick: (use: { watches: number; instances: number }) => number): number =>
      used.reduce((total, use) => total + pick(use), 0);
    return { maxWatches, maxInstances, watches: sum((use) => use.watches), instances: sum((use) => use.instances) };
  } catch {
    return undefined;
  }
}

async function useOf(folder: string): Promise<{ watches: number; instances: number }> {
  const use = { watches: 0, instances: 0 };
  try {
    const uid = process.getuid?.();
    if (uid !== undefined && (await stat(folder)).uid !== uid) return use;
    for (const fd of await readdir(`${folder}/fd`)) {
      const target = await readlink(`${folder}/fd/${fd}`).catch(() => '');
      if (target !== 'anon_inode:inotify') continue;
      use.instances++;
      use.watches += countWatches(await readFile(`${folder}/fdinfo/${fd}`, 'utf8').catch(() => ''));
    }
  } catch {
    // It ended, or it hides.
  }
  return use;
}

/** Pure. Source: proc(5), /proc/pid/fdinfo: a line `inotify wd:… ino:… …` for each watch. */
export function countWatches(fdinfo: string): number {
  return fdinfo.match(/^inotify /gm)?.length ?? 0;
}
