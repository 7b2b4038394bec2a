/**
 * The log of what is about to happen: written before a path is touched, read after a crash.
 *
 * A record is a little-endian `u32 length, u32 crc32` and as many bytes of msgpack. A record goes out in one write, so
 * that kill -9 cannot part it from the exchange it announces; a power cut may tear the tail, which reading tolerates.
 *
 * @module
 */
import { closeSync, fdatasync, ftruncateSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { Packr } from 'msgpackr';
import * as z from 'zod';
import type { AbsPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import type { Stat } from '../core/entry.ts';
import { parseRelPath, type RelPath } from '../core/rel-path.ts';

export interface Intent {
  readonly path: RelPath;
  /** Holds the new content before the exchange, the displaced after it. */
  readonly temp: AbsPath;
  /** What was to be displaced; undefined: nothing was there. */
  readonly expected: Stat | undefined;
  /** The new content, as it lay in `temp`; undefined where it was not complete yet, or nothing new was to come. */
  readonly made: Stat | undefined;
  /** The engine's own record of what came in; opaque here. */
  readonly incoming: Uint8Array | undefined;
}

export interface Intents {
  /** Survives kill -9 from here on, a power cut after {@link sync}. */
  readonly record: (batch: readonly Intent[]) => void;
  /** Everything recorded so far; to be given to {@link settle}. */
  readonly mark: () => number;
  /** All up to the mark is durable and in the index: it need not be read again. */
  readonly settle: (mark: number) => void;
  readonly sync: () => Promise<void>;
  readonly close: () => void;
}

/** A log whose settled head is larger than this is rewritten without it. */
const REWRITE_BYTES = 4 * 1024 * 1024;
const HEAD_BYTES = 8;

const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });

const statSchema = z
  .tuple([z.bigint(), z.number(), z.bigint(), z.number()])
  .transform(([ino, sizeBytes, mtimeNs, mode]): Stat => ({ ino, sizeBytes, mtimeNs, mode }));
const recordSchema = z.tuple([
  z.string(),
  z.string(),
  statSchema.nullable(),
  statSchema.nullable(),
  z.instanceof(Uint8Array).nullable(),
]);

/** Continues the log at `file`: read what is left of it by {@link readLeft} first, and settle it. */
export function openIntents(file: AbsPath): Intents {
  let fd = openSync(file, 'a+', 0o600);
  // Marks count from the first byte of this life of the log; `base` bytes have been cut off its head.
  let base = 0;
  let settled = 0;
  let end = readFileSync(file).length;

  const rewrite = (): void => {
    const tail = readFileSync(file).subarray(settled);
    const fresh = `${file}.new`;
    const freshFd = openSync(fresh, 'w', 0o600);
    writeAll(freshFd, tail);
    closeSync(freshFd);
    renameSync(fresh, file);
    closeSync(fd);
    fd = openSync(file, 'a+', 0o600);
    base += settled;
    end -= settled;
    settled = 0;
  };

  return {
    record(batch) {
      if (batch.length === 0) return;
      const bytes = batch.length === 1 && batch[0] !== undefined ? frame(batch[0]) : Buffer.concat(batch.map(frame));
      writeAll(fd, bytes);
      end += bytes.length;
    },
    mark: () => base + end,
    settle(mark) {
      settled = Math.min(end, Math.max(settled, mark - base));
      if (settled === 0) return;
      if (settled === end) {
        ftruncateSync(fd, 0);
        base += end;
        end = 0;
        settled = 0;
      } else if (settled > REWRITE_BYTES) rewrite();
    },
    sync: () =>
      new Promise((resolve, reject) => {
        fdatasync(fd, (error) => (error ? reject(error) : resolve()));
      }),
    close: () => closeSync(fd),
  };
}

/** In the order recorded. Reading ends at the first record that is torn or makes no sense; no file is no intents. */
export function readLeft(file: AbsPath): Intent[] {
  const bytes = readIfThere(file);
  const left: Intent[] = [];
  for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    const body = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length);
    if (body.length < length || crc32(body) !== bytes.readUInt32LE(at + 4)) break;
    const intent = parseIntent(body);
    if (intent === undefined) break;
    left.push(intent);
    at += HEAD_BYTES + length;
  }
  return left;
}

function frame({ path, temp, expected, made, incoming }: Intent): Buffer {
  const body = packr.pack([path, temp, packStat(expected), packStat(made), incoming ?? null]);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + body.length);
  bytes.writeUInt32LE(body.length, 0);
  bytes.writeUInt32LE(crc32(body), 4);
  body.copy(bytes, HEAD_BYTES);
  return bytes;
}

function packStat(stat: Stat | undefined): readonly unknown[] | null {
  return stat === undefined ? null : [stat.ino, stat.sizeBytes, stat.mtimeNs, stat.mode];
}

function parseIntent(body: Uint8Array): Intent | undefined {
  const parsed = recordSchema.safeParse(unpack(body));
  if (!parsed.success) return undefined;
  const [text, temp, expected, made, incoming] = parsed.data;
  const path = parseRelPath(text);
  if (path === undefined) return undefined;
  return {
    path,
    temp: temp as AbsPath,
    expected: expected ?? undefined,
    made: made ?? undefined,
    incoming: incoming ?? undefined,
  };
}

function unpack(body: Uint8Array): unknown {
  try {
    return packr.unpack(body);
  } catch {
    return undefined;
  }
}

function readIfThere(file: AbsPath): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}
