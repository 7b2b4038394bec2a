/**
 * Answers a peer's questions for content of one root: small files many to a message, large ones in parts, as far as the
 * peer gave credit, in turns.
 *
 * @module
 */
import { closeSync, constants, openSync, read } from 'node:fs';
import { promisify } from 'node:util';
import type { AbsPath } from '../../platform/abs-path.ts';
import { READ_BYTES, readMemory } from '../../platform/read-memory.ts';
import { type ContentHash, type Recorded, type Stat, sameStat } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { LineWindow } from './line-window.ts';

export interface WantedItem {
  readonly id: number;
  readonly path: RelPath;
  readonly hash: string;
  readonly offset: number;
}

export interface ContentPart {
  readonly id: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly last: boolean;
}

export interface ContentServer {
  wanted(items: readonly WantedItem[]): void;
  credit(id: number, upTo: number): void;
  cancel(id: number): void;
  readonly waiting: number;
  close(): void;
}

export interface ContentServerOptions {
  readonly find: (path: RelPath) => Recorded | undefined;
  readonly absPath: (path: RelPath) => AbsPath;
  readonly toStat: (fd: number) => Stat;
  /** The small content with that hash as it stands at the path now; undefined if it is another. */
  readonly contentOf: (record: Recorded) => Uint8Array | undefined;
  readonly smallBytes: number;
  /** Keeps none of the bytes. */
  readonly send: (parts: ContentPart[]) => void;
  /** Told of what the peer says has come of large files. */
  readonly window: Pick<LineWindow, 'starts' | 'arrived'>;
  readonly gone: (id: number) => void;
  /** Calls back when the link can take more. */
  readonly whenRoom: (callback: () => void) => void;
  readonly onFailure: (path: RelPath, error: unknown) => void;
}

interface Large {
  readonly item: WantedItem;
  readonly fd: number;
  readonly stat: Stat;
  readonly sizeBytes: number;
  /** Several parts are read at once. */
  readonly block: Buffer;
  /** Where in the file the block begins, and how much of it was read. */
  blockAt: number;
  blockBytes: number;
  at: number;
  upTo: number;
  reading: boolean;
}

const PART_BYTES = 128 << 10;
const MIN_PART_BYTES = 32 << 10;
const GROUP_BYTES = 256 << 10;
const SLICE_MS = 8;
const readAsync = promisify(read);

export function createContentServer(options: ContentServerOptions): ContentServer {
  const queue: WantedItem[] = [];
  const largeById = new Map<number, Large>();
  /** Credit that came before its file was opened. */
  const creditById = new Map<number, number>();
  let pumping = false;
  let closed = false;

  const close = ({ fd, block }: Large) => {
    closeSync(fd);
    readMemory.giveBack(block);
  };
  const stop = (large: Large) => {
    // A read under way still uses both; it closes when it is back.
    if (largeById.delete(large.item.id) && !large.reading) close(large);
  };
  const openLarge = (item: WantedItem, record: Recorded) => {
    let fd: number | undefined;
    try {
      fd = openSync(options.absPath(item.path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const stat = options.toStat(fd);
      const { stat: recorded, sizeBytes } = record;
      if (recorded === undefined || recorded.ino !== stat.ino || !holds(stat, recorded) || item.offset > sizeBytes)
        throw new Error('changed');
      const upTo = creditById.get(item.id) ?? item.offset;
      creditById.delete(item.id);
      const large: Large = {
        item,
        fd,
        stat: recorded,
        sizeBytes,
        block: readMemory.take(Math.min(READ_BYTES, sizeBytes)),
        blockAt: item.offset,
        blockBytes: 0,
        at: item.offset,
        upTo,
        reading: false,
      };
      largeById.set(item.id, large);
      if (largeById.size === 1) options.window.starts();
      advance(large);
    } catch {
      if (fd !== undefined) closeSync(fd);
      options.gone(item.id);
    }
  };
  const advance = (large: Large) => {
    if (closed || large.reading || !largeById.has(large.item.id)) return;
    if (large.at >= large.upTo && large.at < large.sizeBytes) return;
    large.reading = true;
    options.whenRoom(() => {
      void sendPart(large).catch((error: unknown) => {
        large.reading = false;
        options.onFailure(large.item.path, error);
        options.gone(large.item.id);
        stop(large);
      });
    });
  };
  /** False where the file is not what it was: what was sent of it is no state that it ever had. */
  const readBlock = async (large: Large): Promise<boolean> => {
    const { fd, block, sizeBytes, at } = large;
    const wanted = Math.min(block.length, sizeBytes - at);
    const { bytesRead } = wanted === 0 ? { bytesRead: 0 } : await readAsync(fd, block, 0, wanted, at);
    large.blockAt = at;
    large.blockBytes = bytesRead;
    return bytesRead === wanted;
  };
  const sendPart = async (large: Large) => {
    const { item, fd, stat, sizeBytes, block } = large;
    const stopped = () => closed || !largeById.has(item.id);
    let isSame = true;
    if (!stopped() && large.at >= large.blockAt + large.blockBytes) isSame = await readBlock(large);
    large.reading = false;
    if (stopped()) {
      close(large);
      return;
    }
    // Shrunk or written to meanwhile.
    if (!isSame || !holds(options.toStat(fd), stat)) {
      options.gone(item.id);
      stop(large);
      return;
    }
    const from = large.at - large.blockAt;
    const credited = large.upTo - large.at;
    // With little credit in several parts, so that more is given while the rest is still under way.
    const sizeHere = Math.min(PART_BYTES, large.blockBytes - from, credited, Math.max(MIN_PART_BYTES, credited >> 1));
    const last = large.at + sizeHere === sizeBytes;
    options.send([{ id: item.id, offset: large.at, bytes: block.subarray(from, from + sizeHere), last }]);
    large.at += sizeHere;
    if (last) stop(large);
    // What comes in meanwhile has its turn after each part.
    else setImmediate(advance, large);
  };
  const pump = () => {
    pumping = false;
    if (closed) return;
    const until = performance.now() + SLICE_MS;
    const parts: ContentPart[] = [];
    let sizeBytes = 0;
    while (queue.length > 0 && performance.now() < until && sizeBytes < GROUP_BYTES) {
      const item = queue.shift();
      if (item === undefined) break;
      const record = options.find(item.path);
      if (record === undefined || record.kind !== 'file' || record.hash !== (item.hash as ContentHash))
        options.gone(item.id);
      else if (record.sizeBytes > options.smallBytes) openLarge(item, record);
      else {
        const bytes = options.contentOf(record);
        if (bytes === undefined) options.gone(item.id);
        else {
          parts.push({ id: item.id, offset: 0, bytes, last: true });
          sizeBytes += bytes.length;
        }
      }
    }
    if (parts.length > 0) options.send(parts);
    schedule();
  };
  const schedule = () => {
    if (pumping || closed || queue.length === 0) return;
    pumping = true;
    options.whenRoom(() => setImmediate(pump));
  };

  return {
    wanted(items) {
      queue.push(...items);
      schedule();
    },
    credit(id, upTo) {
      const large = largeById.get(id);
      if (large !== undefined) {
        // The first credit was given before anything had come.
        if (large.upTo > large.item.offset) options.window.arrived(Math.max(0, upTo - large.upTo));
        large.upTo = Math.max(large.upTo, upTo);
        advance(large);
        return;
      }
      if (queue.some((item) => item.id === id)) creditById.set(id, upTo);
    },
    cancel(id) {
      const large = largeById.get(id);
      if (large !== undefined) stop(large);
    },
    get waiting() {
      return queue.length + largeById.size;
    },
    close() {
      closed = true;
      queue.length = 0;
      for (const large of [...largeById.values()]) stop(large);
    },
  };
}

/** A file that grew may still begin with what was recorded; whether it does, the hash tells on the other side. */
function holds(now: Stat, recorded: Stat): boolean {
  return sameStat(now, recorded) || (now.mode === recorded.mode && now.sizeBytes > recorded.sizeBytes);
}
