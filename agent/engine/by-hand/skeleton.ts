import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AbsPath, absPath, childPath } from '../../../platform/abs-path.ts';
import { parentOf, type RelPath } from '../../core/rel-path.ts';

/** A passing folder that holds the folders above the names, and nothing else. */
export async function withSkeleton<T>(names: readonly RelPath[], work: (skeleton: AbsPath) => Promise<T>): Promise<T> {
  const skeleton = absPath(mkdtempSync(join(tmpdir(), 'dsync-names-')));
  try {
    for (const above of new Set(names.map(parentOf))) {
      if (above !== undefined) mkdirSync(childPath(skeleton, above), { recursive: true });
    }
    return await work(skeleton);
  } finally {
    rmSync(skeleton, { recursive: true, force: true });
  }
}
