/**
 * Content that we lack, asked for from one peer for one root: small files whole and many at a time, large ones in parts
 * into the stage, going on where an earlier try ended.
 *
 * The asker sets the pace: only so much is asked for as may arrive at once.
 *
 * @module
 */
import { closeSync, fstatSync, ftruncateSync, openSync, read, renameSync, unlinkSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { AbsPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import type { ContentHash } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { LineWindow } from './line-window.ts';

export type Fetched =
  | { readonly kind: 'content'; readonly content: Uint8Array | AbsPath }
  /** The file is not that content any more; a newer entry follows. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly error: unknown };

export interface Fetcher {
  /** Calls back once, unless the fetcher is closed first. */
  want(
    file: { readonly path: RelPath; readonly hash: ContentHash; readonly sizeBytes: number },
    done: (fetched: Fetched) => void,
  ): void;
  /**
   * Keeps none of the bytes.
   *
   * @throws {DsyncError} PEER_INVALID nobody asked for that, or it is not the content that was announced
   */
  received(part: {
    readonly id: number;
    readonly offset: number;
    readonly bytes: Uint8Array;
    readonly last: boolean;
  }): void;
  gone(id: number): void;
  readonly waiting: number;
  readonly waitingBytes: number;
  close(): void;
}

export interface FetcherOptions {
  readonly ask: (items: { id: number; path: RelPath; hash: ContentHash; offset: number }[]) => void;
  readonly credit: (id: number, upTo: number) => void;
  /** Where the content of that hash collects. */
  readonly stageFor: (hash: ContentHash) => AbsPath;
  readonly createHasher: () => { update(bytes: Uint8Array): void; digest(): ContentHash };
  /** So much of a large file is in the stage; the first time: what it goes on from. */
  readonly onPart?: (file: { readonly path: RelPath; readonly bytes: number; readonly bytesDone: number }) => void;
  /** Content up to this size is held in memory. */
  readonly smallBytes: number;
  /** How much large content may be under way. */
  readonly window: Omit<LineWindow, 'hasRoom'>;
}

interface Want {
  readonly id: number;
  readonly path: RelPath;
  readonly hash: ContentHash;
  readonly sizeBytes: number;
  readonly done: (fetched: Fetched) => void;
  /** Others that need the same content, maybe from other paths. */
  readonly next: Want[];
  staged:
    | {
        readonly path: AbsPath;
        readonly fd: number;
        readonly resumed: boolean;
        at: number;
        credited: number;
        readonly hasher: ReturnType<FetcherOptions['createHasher']>;
      }
    | undefined;
}

const MAX_ASKED = 512;
const MAX_ASKED_BYTES = 8 << 20;
/** What a large file counts for among all that is asked for: so that few of them come at a time. */
const LARGE_BYTES = 4 << 20;
const REHASH_BYTES = 512 << 10;
const readAsync = promisify(read);

export function createFetcher(options: FetcherOptions): Fetcher {
  const { ask, credit, stageFor, createHasher, smallBytes, window } = options;
  const queue: Want[] = [];
  const askedById = new Map<number, Want>();
  const wantByHash = new Map<ContentHash, Want>();
  let askedBytes = 0;
  let largeUnderWay = 0;
  let waitingBytes = 0;
  let nextId = 1;
  let scheduled = false;
  let closed = false;

  const isLarge = ({ sizeBytes }: Want) => sizeBytes > smallBytes;
  const weight = (want: Want) => Math.min(want.sizeBytes, LARGE_BYTES);
  const askNext = () => {
    scheduled = false;
    if (closed) return;
    const items: { id: number; path: RelPath; hash: ContentHash; offset: number }[] = [];
    while (queue.length > 0 && askedById.size < MAX_ASKED && (askedBytes < MAX_ASKED_BYTES || askedById.size === 0)) {
      const want = queue.shift();
      if (want === undefined) break;
      askedById.set(want.id, want);
      askedBytes += weight(want);
      if (isLarge(want)) {
        if (askedById.size === 1) window.starts();
        largeUnderWay++;
        askLarge(want);
      } else items.push({ id: want.id, path: want.path, hash: want.hash, offset: 0 });
    }
    if (items.length > 0) ask(items);
  };
  const askLarge = (want: Want) => {
    openStaged(want).then(
      (staged) => {
        if (closed) return closeSync(staged.fd);
        want.staged = staged;
        tellPart(want);
        ask([{ id: want.id, path: want.path, hash: want.hash, offset: staged.at }]);
        giveCredit(want);
      },
      (error: unknown) => {
        if (!closed) finish(want, { kind: 'failed', error });
      },
    );
  };
  const start = (want: Want) => {
    wantByHash.set(want.hash, want);
    waitingBytes += want.sizeBytes;
    queue.push(want);
    schedule();
  };
  const tellPart = ({ path, sizeBytes, staged }: Want) => {
    if (staged !== undefined) options.onPart?.({ path, bytes: sizeBytes, bytesDone: staged.at });
  };
  const schedule = () => {
    if (scheduled || closed) return;
    scheduled = true;
    // One message for all that one slice finds missing.
    setImmediate(askNext);
  };
  const giveCredit = (want: Want) => {
    if (want.staged === undefined) return;
    const ahead = Math.ceil(window.bytes / largeUnderWay);
    if (want.staged.credited - want.staged.at > ahead * 0.75) return;
    want.staged.credited = want.staged.at + ahead;
    credit(want.id, want.staged.credited);
  };
  /** What an earlier try got is hashed once more, beside other work. */
  const openStaged = async (want: Want): Promise<NonNullable<Want['staged']>> => {
    const path = stageFor(want.hash);
    const fd = openSync(path, 'a+', 0o600);
    try {
      const hasher = createHasher();
      let at = fstatSync(fd).size;
      if (at > want.sizeBytes) {
        ftruncateSync(fd, 0);
        at = 0;
      }
      const part = Buffer.allocUnsafe(Math.min(REHASH_BYTES, Math.max(at, 1)));
      for (let hashed = 0; hashed < at && !closed; ) {
        const { bytesRead } = await readAsync(fd, part, 0, Math.min(part.length, at - hashed), hashed);
        if (bytesRead === 0) throw new Error(`${path} was cut short by somebody else`);
        hasher.update(part.subarray(0, bytesRead));
        hashed += bytesRead;
      }
      return { path, fd, at, resumed: at > 0, credited: at, hasher };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  };
  /** What an earlier try left in the stage was damaged, or the file was written to while it was read. */
  const mismatched = (want: Want, { path, resumed }: NonNullable<Want['staged']>) => {
    unlinkSync(path);
    if (!resumed) {
      const error = new DsyncError(
        'PEER_INVALID',
        `What came for “${want.path}” does not have the hash it should have`,
      );
      finish(want, { kind: 'failed', error });
      return;
    }
    if (want.staged !== undefined) closeSync(want.staged.fd);
    want.staged = undefined;
    askLarge(want);
  };
  const finish = (want: Want, fetched: Fetched) => {
    if (askedById.delete(want.id)) {
      askedBytes -= weight(want);
      if (isLarge(want)) largeUnderWay--;
    }
    wantByHash.delete(want.hash);
    waitingBytes -= want.sizeBytes;
    if (want.staged !== undefined) closeSync(want.staged.fd);
    want.staged = undefined;
    for (const { sizeBytes } of want.next) waitingBytes -= sizeBytes;
    // Content in memory serves all. A staged file does not, as whoever gets it moves it away; and what is gone from one
    // path may still be at another.
    const isForAll = fetched.kind === 'content' && typeof fetched.content !== 'string';
    const [next, ...others] = isForAll ? [] : want.next;
    if (next !== undefined) {
      for (const { sizeBytes } of others) waitingBytes += sizeBytes;
      next.next.push(...others);
      start(next);
    }
    if (queue.length > 0) schedule();
    want.done(fetched);
    if (isForAll) for (const { done } of want.next) done(fetched);
  };
  const invalid = (message: string) => new DsyncError('PEER_INVALID', message);

  return {
    want({ path, hash, sizeBytes }, done) {
      const want: Want = { id: nextId++, path, hash, sizeBytes, done, staged: undefined, next: [] };
      const same = wantByHash.get(hash);
      if (same === undefined) {
        start(want);
        return;
      }
      waitingBytes += sizeBytes;
      same.next.push(want);
    },
    received({ id, offset, bytes, last }) {
      window.arrived(bytes.length);
      const want = askedById.get(id);
      if (want === undefined) throw invalid(`The other agent sent content ${id}, which was not asked for`);
      const { staged } = want;
      if (staged === undefined) {
        if (offset !== 0 || !last || bytes.length !== want.sizeBytes) {
          throw invalid(`The other agent sent ${bytes.length} bytes for “${want.path}”, which has ${want.sizeBytes}`);
        }
        const hasher = createHasher();
        hasher.update(bytes);
        if (hasher.digest() !== want.hash)
          throw invalid(`The other agent sent content for “${want.path}” that does not have the hash it announced`);
        finish(want, { kind: 'content', content: Buffer.from(bytes) });
        return;
      }
      if (offset !== staged.at || offset + bytes.length > want.sizeBytes || offset + bytes.length > staged.credited) {
        throw invalid(`The other agent sent a part of “${want.path}” that was not asked for`);
      }
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(staged.fd, bytes, at);
      } catch (error) {
        finish(want, { kind: 'failed', error });
        return;
      }
      staged.hasher.update(bytes);
      staged.at += bytes.length;
      tellPart(want);
      if (!last) {
        giveCredit(want);
        return;
      }
      const path = staged.path;
      if (staged.at !== want.sizeBytes)
        throw invalid(`The other agent sent ${staged.at} bytes for “${want.path}”, which has ${want.sizeBytes}`);
      if (staged.hasher.digest() !== want.hash) return mismatched(want, staged);
      // Under a name of its own: whoever is next in line starts a file of the same name, while this one waits to be applied.
      const whole = `${path}-${want.id}` as AbsPath;
      try {
        renameSync(path, whole);
      } catch (error) {
        finish(want, { kind: 'failed', error });
        return;
      }
      finish(want, { kind: 'content', content: whole });
    },
    gone(id) {
      const want = askedById.get(id);
      if (want === undefined) return;
      const partial = want.staged?.path;
      finish(want, { kind: 'gone' });
      if (partial !== undefined) unlinkSync(partial);
    },
    get waiting() {
      return queue.length + askedById.size;
    },
    get waitingBytes() {
      return waitingBytes;
    },
    close() {
      closed = true;
      for (const { staged } of askedById.values()) if (staged !== undefined) closeSync(staged.fd);
      askedById.clear();
      queue.length = 0;
      waitingBytes = 0;
    },
  };
}
