/**
 * A new version of a file, made from the former one and the blocks that differ: the two ends of the lane that carries
 * those blocks, one behind the other.
 *
 * @module
 */
import { open } from 'node:fs/promises';
import { PassThrough, Readable, Writable } from 'node:stream';
import type { AbsPath } from '../../platform/abs-path.ts';
import { messageOf } from '../../platform/failure.ts';
import type { ContentHash } from '../core/entry.ts';
import { createSummer, type Range } from './block-sums.ts';
import type { LaneRun } from './lane.ts';
import { type IncomingBytes, type MakeOptions, makeFrom, READ_FLAGS } from './make-from.ts';

/** Most bytes of sums that are asked with: those of 16 GiB. */
export const MAX_SUMS_BYTES = 1 << 20;
const READ_BYTES = 256 << 10;
const STOPPED = 'it was stopped';

export function sendRanges(file: AbsPath, ranges: readonly Range[]): LaneRun {
  const from = Readable.from(readAll(file, ranges), { objectMode: false, highWaterMark: READ_BYTES });
  // The other end has nothing to say.
  const to = new Writable({ write: (_chunk, _encoding, done) => done() });
  return { from, to, ended: endOf(from), stop: () => void from.destroy() };
}

async function* readAll(file: AbsPath, ranges: readonly Range[]): AsyncGenerator<Buffer> {
  const handle = await open(file, READ_FLAGS);
  try {
    for (const { offset, bytes } of ranges) {
      for (let done = 0; done < bytes; ) {
        const block = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, bytes - done));
        const { bytesRead } = await handle.read(block, 0, block.length, offset + done);
        if (bytesRead === 0) throw new Error('the file changed while it was read');
        yield block.subarray(0, bytesRead);
        done += bytesRead;
      }
    }
  } finally {
    await handle.close();
  }
}

/** What it tells of what was made is true once it has ended well. */
export interface PatchRun extends LaneRun {
  /** Undefined where the filesystem shared the blocks of the basis: then nobody has read them. */
  hash(): ContentHash | undefined;
  /** Of the blocks that came, one behind the other. */
  sums(): Uint8Array;
}

export function receiveRanges(options: MakeOptions): PatchRun {
  const to = new PassThrough();
  const summer = createSummer();
  let hash: ContentHash | undefined;
  let isStopped = false;
  const take = createTake(to);
  const incoming = {
    async take(most: number) {
      const part = await take(most);
      if (part !== undefined) summer.update(part);
      return part;
    },
    isStopped: () => isStopped,
  };
  const ended = makeFrom(options, incoming).then(
    (made) => {
      hash = made;
      return undefined;
    },
    (error: unknown) => {
      to.destroy();
      return isStopped ? STOPPED : messageOf(error);
    },
  );
  return {
    from: Readable.from([]),
    to,
    ended,
    stop() {
      isStopped = true;
      to.destroy();
    },
    hash: () => hash,
    sums: () => summer.digest(),
  };
}

function createTake(from: Readable): IncomingBytes['take'] {
  const chunks: AsyncIterator<Buffer> = from[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  return async (most) => {
    while (rest.length === 0) {
      const next = await chunks.next();
      if (next.done === true) return undefined;
      rest = next.value;
    }
    const part = rest.subarray(0, most);
    rest = rest.subarray(part.length);
    return part;
  };
}

function endOf(stream: Readable): Promise<string | undefined> {
  return new Promise((resolve) => {
    let failure: string | undefined;
    stream.once('error', (error: unknown) => {
      failure = messageOf(error);
    });
    stream.once('end', () => resolve(undefined));
    stream.once('close', () => resolve(stream.readableEnded ? undefined : (failure ?? STOPPED)));
  });
}
