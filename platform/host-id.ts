import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { childPath } from './abs-path.ts';
import { writeFileAtomic } from './atomic-file.ts';
import { DsyncError } from './failure.ts';
import type { Home } from './home.ts';

/** Made once; a name for this user on this host that never changes. */
export function ownHostId(home: Pick<Home, 'state'>): string {
  const file = childPath(home.state, 'host-id');
  if (existsSync(file)) {
    const id = readFileSync(file, 'utf8').trim();
    if (/^[0-9a-f-]{36}$/.test(id)) return id;
    throw new DsyncError('BAD_STATE', `${file} does not hold an id`, { cure: `Remove ${file}; a new id is made` });
  }
  const id = randomUUID();
  writeFileAtomic(file, `${id}\n`);
  return id;
}
