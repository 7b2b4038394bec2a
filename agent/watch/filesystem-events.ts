import { statfsSync } from 'node:fs';
import type { AbsPath } from '../../platform/abs-path.ts';

/** Of statfs(2) on Linux: filesystems that change elsewhere without a word to this kernel. */
const NAME_BY_MAGIC: ReadonlyMap<number, string> = new Map([
  [0x6969, 'nfs'],
  [0x517b, 'smb'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb3'],
  [0x65735546, 'fuse'],
  [0x01021997, '9p'],
  [0x786f4256, 'vboxsf'],
  [0xbacbacbc, 'vmhgfs'],
  [0x7c7c6673, 'prl_fs'],
  [0x00c36400, 'ceph'],
  [0x5346414f, 'afs'],
  [0x6b414653, 'kafs'],
  [0x73757245, 'coda'],
  [0x0bd00bd0, 'lustre'],
  [0x47504653, 'gpfs'],
  [0x19830326, 'beegfs'],
  [0x013661, 'ocfs2'],
]);

/** Its name where events of the filesystem cannot be relied upon; undefined where they can. */
export function filesystemWithoutEvents(path: AbsPath): string | undefined {
  if (process.platform !== 'linux') return undefined;
  return nameByMagic(statfsSync(path).type);
}

/** @internal */
export function nameByMagic(magic: number): string | undefined {
  // A 32-bit system gives the upper half as negative numbers.
  return NAME_BY_MAGIC.get(magic >>> 0);
}
