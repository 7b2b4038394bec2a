import type { FileHandle } from 'node:fs/promises';

const PART_BYTES = 512 << 10;

/**
 * The first so many bytes of a file, in parts; fewer where it has less. Each is read while the one before it is worked
 * on, and is good until the one after it is asked for.
 */
export async function* readParts(file: FileHandle, sizeBytes: number): AsyncGenerator<Buffer, void, void> {
  const partBytes = Math.max(1, Math.min(PART_BYTES, sizeBytes));
  let [free, spare] = [Buffer.allocUnsafeSlow(partBytes), Buffer.allocUnsafeSlow(partBytes)];
  const readAt = async (at: number): Promise<Buffer> => {
    const buffer = free;
    [free, spare] = [spare, free];
    const { bytesRead } = await file.read(buffer, 0, Math.min(partBytes, sizeBytes - at), at);
    return buffer.subarray(0, bytesRead);
  };
  let reading: Promise<Buffer> | undefined = sizeBytes > 0 ? readAt(0) : undefined;
  try {
    for (let at = 0; reading !== undefined; ) {
      const part = await reading;
      at += part.length;
      reading = part.length > 0 && at < sizeBytes ? readAt(at) : undefined;
      if (part.length > 0) yield part;
    }
  } finally {
    // Whoever stops in between closes the file next.
    await reading?.catch(() => undefined);
  }
}
