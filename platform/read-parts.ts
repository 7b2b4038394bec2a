import type { FileHandle } from 'node:fs/promises';
import { READ_BYTES, readMemory } from './read-memory.ts';

/** Two are in use at a time. */
const PART_BYTES = READ_BYTES >> 1;

/**
 * The bytes of a file up to an offset, in parts; fewer where it has less. Each is read while the one before it is worked
 * on, and is good until the one after it is asked for.
 */
export async function* readParts(file: FileHandle, upTo: number, from = 0): AsyncGenerator<Buffer, void, void> {
  const partBytes = Math.max(1, Math.min(PART_BYTES, upTo - from));
  let [free, spare] = [readMemory.take(partBytes), readMemory.take(partBytes)];
  const readAt = async (at: number): Promise<Buffer> => {
    const buffer = free;
    [free, spare] = [spare, free];
    const { bytesRead } = await file.read(buffer, 0, Math.min(partBytes, upTo - at), at);
    return buffer.subarray(0, bytesRead);
  };
  let reading: Promise<Buffer> | undefined = upTo > from ? readAt(from) : undefined;
  try {
    for (let at = from; reading !== undefined; ) {
      const part = await reading;
      at += part.length;
      reading = part.length > 0 && at < upTo ? readAt(at) : undefined;
      if (part.length > 0) yield part;
    }
  } finally {
    // Whoever stops in between closes the file next.
    await reading?.catch(() => undefined);
    for (const each of [free, spare]) readMemory.giveBack(each);
  }
}
