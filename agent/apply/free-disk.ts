import { statfsSync } from 'node:fs';
import type { AbsPath } from '../../platform/abs-path.ts';

/** Bytes this user may still write on the folder's filesystem. Quotas are not seen. */
export function freeDiskBytes(folder: AbsPath): number {
  const { bavail, bsize } = statfsSync(folder, { bigint: true });
  return Number(bavail * bsize);
}
