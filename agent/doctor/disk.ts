/**
 * Room on a filesystem, here by asking the kernel, there by reading what `df` prints.
 *
 * @module
 */
import { statfs } from 'node:fs/promises';
import { formatBytes } from '../../platform/format.ts';
import type { Notes } from './check.ts';

const MIB = 1024 * 1024;
/** Less than this, and a first large file already does not fit. */
const FULL_BYTES = 100 * MIB;
const LOW_BYTES = 2048 * MIB;
const LOW_INODES = 10_000;

export interface DiskRoom {
  readonly freeBytes: number;
  /** Undefined where the filesystem makes them as it needs them. */
  readonly freeInodes: number | undefined;
}

export async function readDiskRoom(folder: string): Promise<DiskRoom> {
  const { bavail, bsize, ffree, files } = await statfs(folder, { bigint: true });
  return { freeBytes: Number(bavail * bsize), freeInodes: files === 0n ? undefined : Number(ffree) };
}

/** The fourth column of the last line of `df -Pk FOLDER`; undefined where that is no number. Pure. */
export function parseFreeDisk(df: string): number | undefined {
  const free = df.trimEnd().split('\n').at(-1)?.trim().split(/\s+/).at(3);
  return free !== undefined && /^\d+$/.test(free) ? Number(free) * 1024 : undefined;
}

/** @param where what the words are about: “the disk of ~/code” */
export function judgeDisk(notes: Notes, where: string, room: DiskRoom, found: { readonly host?: string } = {}): void {
  const free = `${formatBytes(room.freeBytes)} are free on ${where}`;
  if (room.freeBytes < FULL_BYTES) notes.finding('DISK_FULL', free, found);
  else if (room.freeBytes < LOW_BYTES) notes.finding('DISK_LOW', free, found);
  if (room.freeInodes !== undefined && room.freeInodes < LOW_INODES)
    notes.finding('DISK_INODES', `${room.freeInodes} inodes are free on ${where}`, found);
}
