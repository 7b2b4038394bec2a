/**
 * Memory for frames and for what is read of files, used again: a piece for each would make V8 collect all of its heap for
 * every few megabytes, and its pages would be the kernel's to clear each time.
 *
 * @module
 */
export interface BufferPool {
  /** With anything in it; at least so large. */
  take(sizeBytes: number): Buffer;
  /** Nobody uses anything of that memory any more. What came from elsewhere is let go. */
  giveBack(bytes: Uint8Array): void;
}

/** Smaller pieces are Node's own to share. */
const LEAST_BYTES = 16 << 10;
/** Sizes are whole numbers of this, as frames are hardly ever of quite the same. */
const STEP_BYTES = 32 << 10;
/** What was not used for so long is let go. */
const UNUSED_MS = 3000;

export interface BufferPoolOptions {
  /** Larger ones are rare, and would be held for nothing. */
  readonly mostBytes: number;
  /** So many at most wait to be used. */
  readonly mostFree: number;
}

export function createBufferPool({ mostBytes, mostFree }: BufferPoolOptions): BufferPool {
  let free: Buffer[] = [];
  let isUsed = false;
  let isWatched = false;
  const ours = new WeakMap<ArrayBufferLike, Buffer>();
  return {
    take(sizeBytes) {
      if (sizeBytes < LEAST_BYTES) return Buffer.allocUnsafe(sizeBytes);
      isUsed = true;
      const found = free.find(({ length }) => length >= sizeBytes);
      if (found !== undefined) {
        free = free.filter((buffer) => buffer !== found);
        return found;
      }
      const made = Buffer.allocUnsafeSlow(Math.ceil(sizeBytes / STEP_BYTES) * STEP_BYTES);
      if (made.length <= mostBytes) ours.set(made.buffer, made);
      return made;
    },
    giveBack(bytes) {
      const buffer = ours.get(bytes.buffer);
      if (buffer === undefined || free.includes(buffer)) return;
      // The smallest first: what is large stays for what is.
      free.push(buffer);
      free.sort((a, b) => a.length - b.length);
      if (free.length > mostFree) free.shift();
      if (!isWatched) watch();
    },
  };

  function watch(): void {
    isWatched = true;
    setTimeout(() => {
      isWatched = isUsed;
      if (isUsed) watch();
      else free = [];
      isUsed = false;
    }, UNUSED_MS).unref();
  }
}
