import { rmSync } from 'node:fs';
import { childPath } from '../../../platform/abs-path.ts';
import type { Home } from '../../../platform/home.ts';
import { withConfigLock } from './load-config.ts';
import { type RootId, readRoots, writeRoots } from './roots-file.ts';

/**
 * Takes away all that this host knows of a root that is out of use: its record, its index, its intents. Whatever has its
 * id from here on is new to this host. A running agent must have let go of it before.
 */
export function forgetRoot(home: Home, id: RootId): Promise<void> {
  return withConfigLock(home, () => {
    writeRoots(
      home,
      readRoots(home).filter((record) => record.id !== id),
    );
    for (const place of [`index/${id}`, `intents/${id}.log`]) {
      rmSync(childPath(home.state, place), { recursive: true, force: true });
    }
  });
}
