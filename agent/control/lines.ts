/**
 * Lines out of chunks of bytes, in time linear in the bytes.
 *
 * @module
 */

export interface LineSplitter {
  /** The lines that this chunk completes, without their ends. */
  push(chunk: Buffer): string[];
  /** True once a line is longer than allowed; nothing more comes out then. */
  readonly overlong: boolean;
  /** What is left of the bytes after the last line. */
  rest(): Buffer;
}

/** @param maxBytes longest line taken; no limit if absent */
export function createLineSplitter({ maxBytes = Number.POSITIVE_INFINITY } = {}): LineSplitter {
  let parts: Buffer[] = [];
  let partBytes = 0;
  let overlong = false;

  function push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    while (!overlong) {
      const end = chunk.indexOf(10, from);
      const part = chunk.subarray(from, end < 0 ? undefined : end);
      partBytes += part.length;
      overlong = partBytes > maxBytes;
      if (part.length > 0) parts.push(part);
      if (end < 0 || overlong) break;
      lines.push(Buffer.concat(parts, partBytes).toString('utf8'));
      parts = [];
      partBytes = 0;
      from = end + 1;
    }
    return lines;
  }

  return {
    push,
    get overlong() {
      return overlong;
    },
    rest: () => Buffer.concat(parts, partBytes),
  };
}
