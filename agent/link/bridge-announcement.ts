/**
 * What a bridge says first: where the socket of its agent is. Who can reach that by SSH itself needs the bridge no more.
 *
 * @module
 */
import type { Duplex } from 'node:stream';
import * as z from 'zod';

/** The first line to that socket: all bytes after it are the link's. */
export const LINK_OPENING = '{"open":"link"}\n';

/** The same for a stripe of the link whose greeting had that name for it. */
export function stripeOpening(link: string): string {
  return `${JSON.stringify({ open: 'stripe', link })}\n`;
}

const LEAD = '\ndsync-socket ';
/** What a login shell may print before it. */
const MAX_BYTES = 64 << 10;

const socketSchema = z.string().max(4096).regex(/^\//);

export function announceSocket(path: string): string {
  return `${LEAD}${JSON.stringify(path)}\n`;
}

/**
 * Waits for the announcement. Nothing is taken from the stream: it holds the same bytes afterwards.
 *
 * @returns undefined where something else came, or the stream ended
 */
export function readAnnouncement(stream: Duplex): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const done = (path: string | undefined): void => {
      stream.removeListener('readable', onReadable);
      for (const event of ['end', 'close', 'error']) stream.removeListener(event, onEnd);
      if (chunks.length > 0 && !stream.readableEnded) stream.unshift(Buffer.concat(chunks));
      resolve(path);
    };
    const onEnd = (): void => done(undefined);
    const onReadable = (): void => {
      for (let chunk: Buffer | null = stream.read(); chunk !== null; chunk = stream.read()) chunks.push(chunk);
      const said = Buffer.concat(chunks).toString('utf8');
      const at = said.indexOf(LEAD);
      const end = at < 0 ? -1 : said.indexOf('\n', at + LEAD.length);
      if (end >= 0) done(parse(said.slice(at + LEAD.length, end)));
      else if (said.length > MAX_BYTES) done(undefined);
    };
    stream.on('readable', onReadable);
    for (const event of ['end', 'close', 'error']) stream.once(event, onEnd);
  });
}

function parse(text: string): string | undefined {
  try {
    return socketSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
