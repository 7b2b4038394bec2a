/**
 * The first line of a connection says what it is; all bytes after it belong to whoever takes the connection.
 *
 * @module
 */
import type { Duplex } from 'node:stream';
import * as z from 'zod';

const openingSchema = z.discriminatedUnion('open', [
  z.object({ open: z.enum(['control', 'link', 'pair']) }),
  z.object({ open: z.literal('stripe'), link: z.string().max(64) }),
]);
export type Opening = z.infer<typeof openingSchema>;

const MAX_OPENING_BYTES = 4096;

/**
 * Reads the first line, and not a byte more: what came with it is put back. Undefined where the connection ended
 * before, or the line is no opening.
 */
export function readOpening(stream: Duplex): Promise<Opening | undefined> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let bytes = 0;

    // Not 'data': only with 'readable' can the stream be handed on as if nobody had touched it.
    const onReadable = (): void => {
      for (;;) {
        const chunk: unknown = stream.read();
        if (!Buffer.isBuffer(chunk)) return;
        const end = chunk.indexOf(10);
        const part = end < 0 ? chunk : chunk.subarray(0, end);
        parts.push(part);
        bytes += part.length;
        if (bytes > MAX_OPENING_BYTES) {
          finish(undefined);
          return;
        }
        if (end < 0) continue;
        const early = chunk.subarray(end + 1);
        finish(parseOpening(Buffer.concat(parts, bytes).toString('utf8')), early);
        return;
      }
    };
    const onEnd = (): void => finish(undefined);

    function finish(opening: Opening | undefined, early?: Buffer): void {
      stream.off('readable', onReadable);
      stream.off('end', onEnd);
      stream.off('close', onEnd);
      if (early !== undefined && early.length > 0) stream.unshift(early);
      resolve(opening);
    }

    stream.on('readable', onReadable);
    stream.on('end', onEnd);
    stream.on('close', onEnd);
  });
}

function parseOpening(line: string): Opening | undefined {
  try {
    return openingSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
