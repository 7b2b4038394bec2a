/**
 * How much of a file the other host has at whatever place in its former version, by samples: whether a search at every
 * offset, which is rsync's, would find anything.
 *
 * At each byte of a sample in turn a block is taken to begin there, and its sum looked for among the other host's. The sum
 * rolls: a byte comes in, one goes out.
 *
 * @module
 */
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { AbsPath } from '../../platform/abs-path.ts';
import { BLOCK_BYTES } from './block-sums.ts';
import { READ_FLAGS } from './make-from.ts';

const SAMPLES = 16;
/** A block may begin at each byte of the first. The one behind it must be known too: with many sums, one is by accident. */
const SAMPLE_BYTES = 3 * BLOCK_BYTES;

/**
 * A few milliseconds, and less where much is known.
 *
 * @param sums as in block-sums.ts
 * @returns from 0 to 1
 * @throws where the file cannot be read
 */
export async function knownShare(path: AbsPath, sizeBytes: number, sums: Uint8Array): Promise<number> {
  if (sizeBytes < SAMPLE_BYTES) return 0;
  const known = createSumSet(sums);
  const sample = Buffer.allocUnsafeSlow(SAMPLE_BYTES);
  let found = 0;
  const file = await open(path, READ_FLAGS);
  try {
    for (let n = 0; n < SAMPLES; n++) {
      const at = Math.floor(((sizeBytes - SAMPLE_BYTES) * n) / (SAMPLES - 1));
      if ((await isRead(file, sample, at)) && holdsKnown(sample, known)) found++;
    }
  } finally {
    await file.close();
  }
  return found / SAMPLES;
}

async function isRead(file: FileHandle, into: Buffer, at: number): Promise<boolean> {
  const { bytesRead } = await file.read(into, 0, into.length, at);
  return bytesRead === into.length;
}

/** Whether two blocks of the other host lie one behind the other anywhere in the three blocks. */
export function holdsKnown(sample: Uint8Array, known: SumSet): boolean {
  const { atEnd, leaves, inOut } = rollingTables();
  let register = crc32(sample.subarray(0, BLOCK_BYTES)) ^ inOut;
  for (let at = 0; at < BLOCK_BYTES; at++) {
    if (known.has(register ^ inOut) && known.has(crc32(sample.subarray(at + BLOCK_BYTES, at + 2 * BLOCK_BYTES))))
      return true;
    const [out = 0, next = 0] = [sample[at], sample[at + BLOCK_BYTES]];
    register = (register >>> 8) ^ (atEnd[(register ^ next) & 0xff] ?? 0) ^ (leaves[out] ?? 0);
  }
  return false;
}

export interface SumSet {
  has(sum: number): boolean;
}

/** Most sums that are asked for are none of them: a table of bits says so before the set is asked. */
const TABLE_BITS = 20;

export function createSumSet(sums: Uint8Array): SumSet {
  const packed = Buffer.from(sums.buffer, sums.byteOffset, sums.byteLength);
  const set = new Set<number>();
  const bits = new Uint8Array(1 << (TABLE_BITS - 3));
  for (let at = 0; at < packed.length; at += 4) {
    const sum = packed.readInt32LE(at);
    set.add(sum);
    const bit = sum >>> (32 - TABLE_BITS);
    bits[bit >>> 3] = (bits[bit >>> 3] ?? 0) | (1 << (bit & 7));
  }
  return {
    has(sum) {
      const bit = sum >>> (32 - TABLE_BITS);
      return ((bits[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0 && set.has(sum | 0);
    },
  };
}

interface RollingTables {
  /** What a byte does to the register when it comes in. */
  readonly atEnd: Int32Array;
  /** What is left of it in the register a whole block later. */
  readonly leaves: Int32Array;
  /** Between the bare register, which begins with 0, and the CRC-32 of a block. */
  readonly inOut: number;
}

const POLYNOMIAL = 0xedb88320;
let tables: RollingTables | undefined;

function rollingTables(): RollingTables {
  if (tables !== undefined) return tables;
  const atEnd = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let register = byte;
    for (let bit = 0; bit < 8; bit++) register = (register & 1) === 0 ? register >>> 1 : (register >>> 1) ^ POLYNOMIAL;
    atEnd[byte] = register;
  }
  const blockLater = (register: number): number => {
    let later = register;
    for (let n = 0; n < BLOCK_BYTES; n++) later = (later >>> 8) ^ (atEnd[later & 0xff] ?? 0);
    return later;
  };
  const leaves = new Int32Array(256);
  // The register is linear: each byte is the sum of its bits.
  for (let bit = 1; bit < 256; bit <<= 1) {
    const left = blockLater(atEnd[bit] ?? 0);
    for (let byte = bit; byte < 256; byte++) if ((byte & bit) !== 0) leaves[byte] = (leaves[byte] ?? 0) ^ left;
  }
  tables = { atEnd, leaves, inOut: ~blockLater(-1) };
  return tables;
}
