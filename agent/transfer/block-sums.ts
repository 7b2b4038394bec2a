/**
 * Sums of a file's blocks, by which two hosts find out where one version differs from another at the same offsets.
 *
 * A sum is the CRC-32 of its block, little-endian, four bytes for each, the last block as short as it is. They only say
 * what to send: that the outcome is right, the hash of the whole says.
 *
 * @module
 */
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { AbsPath } from '../../platform/abs-path.ts';
import { readParts } from '../../platform/read-parts.ts';

/** Bytes of a file, from an offset on. */
export interface Range {
  readonly offset: number;
  readonly bytes: number;
}

export const BLOCK_BYTES = 64 << 10;
const SUM_BYTES = 4;

/** How long the sums of a file are. */
export function sumsBytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK_BYTES) * SUM_BYTES;
}

/** For content that comes in parts, of any size each. */
export function createSummer(): { update(bytes: Uint8Array): void; digest(): Uint8Array } {
  const sums: number[] = [];
  let sum = 0;
  let inBlock = 0;
  return {
    update(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const part = bytes.subarray(at, at + BLOCK_BYTES - inBlock);
        sum = crc32(part, sum);
        inBlock += part.length;
        at += part.length;
        if (inBlock < BLOCK_BYTES) continue;
        sums.push(sum);
        sum = 0;
        inBlock = 0;
      }
    },
    digest() {
      const all = inBlock === 0 ? sums : [...sums, sum];
      const packed = Buffer.alloc(all.length * SUM_BYTES);
      for (const [block, value] of all.entries()) packed.writeUInt32LE(value, block * SUM_BYTES);
      return packed;
    },
  };
}

/** Of the first so many bytes of the file; undefined where it has less. */
export async function sumFile(path: AbsPath, sizeBytes: number): Promise<Uint8Array | undefined> {
  const summer = createSummer();
  const file = await open(path, 'r');
  try {
    let summedBytes = 0;
    for await (const part of readParts(file, sizeBytes)) {
      summer.update(part);
      summedBytes += part.length;
    }
    return summedBytes === sizeBytes ? summer.digest() : undefined;
  } finally {
    await file.close();
  }
}

/** Sums of a file made from one that had `had`: the blocks in the ranges were replaced by such as have `parts`. */
export function patchedSums(
  had: Uint8Array,
  ranges: readonly Range[],
  parts: Uint8Array,
  sizeBytes: number,
): Uint8Array {
  const patched = Buffer.alloc(sumsBytes(sizeBytes));
  patched.set(had.subarray(0, patched.length));
  let from = 0;
  for (const { offset, bytes } of ranges) {
    const length = sumsBytes(bytes);
    patched.set(parts.subarray(from, from + length), (offset / BLOCK_BYTES) * SUM_BYTES);
    from += length;
  }
  return patched;
}

/** Whole blocks one behind the other, inside a file of that size; the last may be as short as the file's last one. */
export function areBlocks(ranges: readonly Range[], sizeBytes: number): boolean {
  let end = 0;
  for (const { offset, bytes } of ranges) {
    if (offset < end || offset % BLOCK_BYTES !== 0 || bytes === 0) return false;
    end = offset + bytes;
    if (end % BLOCK_BYTES !== 0 && end !== sizeBytes) return false;
  }
  return end <= sizeBytes;
}

/** Where a file of that size, with the sums `wanted`, is not what `had` says; neighbours are told as one. */
export function differingRanges(had: Uint8Array, wanted: Uint8Array, sizeBytes: number): Range[] {
  const [ours, theirs] = [Buffer.from(had), Buffer.from(wanted)];
  const ranges: { offset: number; bytes: number }[] = [];
  for (let at = 0; at < theirs.length; at += SUM_BYTES) {
    if (at < ours.length && ours.readUInt32LE(at) === theirs.readUInt32LE(at)) continue;
    const offset = (at / SUM_BYTES) * BLOCK_BYTES;
    const bytes = Math.min(BLOCK_BYTES, sizeBytes - offset);
    const last = ranges.at(-1);
    if (last !== undefined && last.offset + last.bytes === offset) last.bytes += bytes;
    else ranges.push({ offset, bytes });
  }
  return ranges;
}
