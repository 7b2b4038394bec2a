/**
 * One direction of a delayed connection: what is read from one socket is written to the other when it is due.
 *
 * @module
 */
import type { Socket } from 'node:net';

/** Shared by all lines of a proxy, and read for each chunk: it may change at any time. */
export interface LinkQuality {
  oneWayMs: number;
  bytesPerSecond: number;
}

export interface DelayLine {
  /** Keeps everything back from here on: nothing is read and nothing is delivered. */
  readonly hold: () => void;
  readonly release: () => void;
  readonly close: () => void;
}

/** `undefined` is the end of the stream: it takes as long to arrive as any byte. */
interface Parcel {
  readonly dueMs: number;
  readonly bytes: Buffer | undefined;
}

/** Room for 1 GB/s at 50 ms; beyond it the reader waits, as with any pipe that is full. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

export function createDelayLine(
  from: Socket,
  to: Socket,
  quality: LinkQuality,
  onPassed: (bytes: number) => void,
): DelayLine {
  const queue: Parcel[] = [];
  let waitingBytes = 0;
  let wireFreeMs = 0;
  let lastDueMs = 0;
  let held = false;
  let timer: NodeJS.Timeout | undefined;

  function take(bytes: Buffer | undefined): void {
    const startMs = Math.max(performance.now(), wireFreeMs);
    wireFreeMs = startMs + ((bytes?.length ?? 0) / quality.bytesPerSecond) * 1000;
    // A delay that was just made shorter must not let later bytes overtake earlier ones.
    lastDueMs = Math.max(lastDueMs, wireFreeMs + quality.oneWayMs);
    queue.push({ dueMs: lastDueMs, bytes });
    waitingBytes += bytes?.length ?? 0;
    // Whatever waits already is due before it.
    if (timer === undefined) deliver();
    pace();
  }

  function deliver(): void {
    clearTimeout(timer);
    timer = undefined;
    if (held) return;
    // What is due at one moment leaves by one call of the system: a line that is itself work takes from what is measured.
    to.cork();
    while (queue[0] !== undefined && queue[0].dueMs <= performance.now()) {
      const bytes = queue.shift()?.bytes;
      if (bytes === undefined) {
        to.end();
        continue;
      }
      waitingBytes -= bytes.length;
      onPassed(bytes.length);
      if (to.writable) to.write(bytes);
    }
    to.uncork();
    if (queue[0] !== undefined) timer = setTimeout(onTimer, Math.max(0, queue[0].dueMs - performance.now()));
  }

  function onTimer(): void {
    deliver();
    pace();
  }

  function pace(): void {
    if (held || waitingBytes + to.writableLength > MAX_WAITING_BYTES) from.pause();
    else if (from.isPaused()) from.resume();
  }

  from.on('data', take);
  from.on('end', () => take(undefined));
  to.on('drain', pace);

  return {
    hold: () => {
      held = true;
      pace();
    },
    release: () => {
      held = false;
      deliver();
      pace();
    },
    close: () => clearTimeout(timer),
  };
}
