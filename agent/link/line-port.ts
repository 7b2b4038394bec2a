/**
 * JSON in lines over a stream, one at a time: for the few words before a stream becomes something else.
 *
 * @module
 */
import type { Duplex } from 'node:stream';
import type * as z from 'zod';
import { DsyncError } from '../../platform/failure.ts';

/** Whatever a stranger sends before it is known must be small. */
const MAX_LINE_BYTES = 8192;

export interface LinePort {
  send(value: object): void;
  /** @throws {DsyncError} PEER_INVALID not what is expected; HOST_UNREACHABLE the stream ended; and the signal's reason */
  next<S extends z.ZodType>(schema: S, options: { readonly signal: AbortSignal }): Promise<z.infer<S>>;
}

export function createLinePort(stream: Duplex): LinePort {
  let pending = Buffer.alloc(0);
  let over = false;
  let wake: () => void = () => {};
  stream.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    // A line that never ends is not kept; `next` says what is wrong.
    if (pending.length > 2 * MAX_LINE_BYTES) stream.pause();
    wake();
  });
  for (const event of ['end', 'close', 'error']) {
    stream.on(event, () => {
      over = true;
      wake();
    });
  }

  /** Undefined where it is not complete yet. */
  function takeLine(): string | undefined {
    const at = pending.indexOf(10);
    if (at > MAX_LINE_BYTES || (at < 0 && pending.length > MAX_LINE_BYTES)) {
      throw new DsyncError('PEER_INVALID', 'The other side sent a line that is too long');
    }
    if (at < 0) return undefined;
    const line = pending.toString('utf8', 0, at);
    pending = pending.subarray(at + 1);
    return line;
  }

  async function nextLine(signal: AbortSignal): Promise<string> {
    for (;;) {
      signal.throwIfAborted();
      const line = takeLine();
      if (line !== undefined) return line;
      if (over) throw new DsyncError('HOST_UNREACHABLE', 'The other side ended the connection');
      await new Promise<void>((resolve) => {
        const done = (): void => {
          signal.removeEventListener('abort', done);
          resolve();
        };
        wake = done;
        signal.addEventListener('abort', done, { once: true });
      });
    }
  }

  return {
    send(value) {
      if (stream.writable) stream.write(`${JSON.stringify(value)}\n`);
    },
    async next(schema, { signal }) {
      const line = await nextLine(signal);
      const parsed = schema.safeParse(parseJson(line));
      if (parsed.success) return parsed.data;
      throw new DsyncError('PEER_INVALID', 'The other side said something that is not understood', {
        cause: parsed.error,
      });
    },
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
