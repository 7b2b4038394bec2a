/**
 * How much content may be under way: so much that the line is never idle, and no more, as what lies in buffers on
 * the way cannot be overtaken by what is urgent.
 *
 * That is what arrives in a round trip, and a little that waits: for the pauses that either side makes, and so that the
 * window grows where it is itself what holds the line back. At first, and after a rest, it may double with each round
 * trip, until that brings no more: as in the start of BBR (draft-ietf-ccwg-bbr, “Startup”).
 *
 * @module
 */
export interface LineWindow {
  /** What may be under way at once. */
  readonly bytes: number;
  /** What the line takes; infinity until enough has arrived to tell. */
  readonly bytesPerSecond: number;
  /** Nothing was under way until now: the time before tells nothing. */
  starts(): void;
  arrived(bytes: number): void;
  /** The sender has no more for the moment, though the window has room: what arrives tells what it had, not what the line takes. */
  hasRoom(): void;
}

export const MIN_WINDOW_BYTES = 128 << 10;
export const MAX_WINDOW_BYTES = 8 << 20;
const FIRST_WINDOW_BYTES = 1 << 20;
/** As {@link LineWindowOptions.waitMs}: for bytes that are written as they come. */
const WAIT_MS = 10;
/** What waits beside that, by which the window grows; a save that comes behind it is later by so much. */
const GROWTH_MS = 8;
/** Its bounds as parts of the round trip: nothing waits long on a short way, and a long one is filled in the end. */
const [MOST_GROWTH, LEAST_GROWTH] = [0.5, 0.15];
const INTERVAL_MS = 25;
/** Less tells how long the line is, not what it takes. */
const SAMPLE_BYTES = MIN_WINDOW_BYTES / 2;
/** The quickest of the last intervals counts: in others the sender may have had nothing to send. */
const INTERVALS = 4;
/** So much more has to arrive for the line not to be full; and so often it has not, for it to be. */
const [MORE, TIMES_NO_MORE] = [1.25, 3];
/** What the line takes may be another after it. */
const REST_MS = 1000;

export interface LineWindowOptions {
  /** That of the line alone; 0 while it is not known. */
  readonly rttMs: () => number;
  /** What may wait on the way, as time: the pauses that either side makes while it is busy with something else. */
  readonly waitMs?: number;
  readonly now?: () => number;
}

export function createLineWindow({
  rttMs,
  waitMs = WAIT_MS,
  now = () => performance.now(),
}: LineWindowOptions): LineWindow {
  const bytesPerMs: number[] = [];
  let startedAt = now();
  let arrivedBytes = 0;
  let arrivedAt = startedAt;
  let hadRoom = false;
  let most = 0;
  let timesNoMore = 0;
  const takes = (): number => (bytesPerMs.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...bytesPerMs));
  const isFull = (): boolean => timesNoMore >= TIMES_NO_MORE;
  return {
    get bytes() {
      if (bytesPerMs.length === 0) return FIRST_WINDOW_BYTES;
      const rtt = rttMs();
      const growthMs = isFull() ? Math.min(MOST_GROWTH * rtt, Math.max(GROWTH_MS, LEAST_GROWTH * rtt)) : rtt;
      const bytes = takes() * (rtt + growthMs + waitMs);
      return Math.round(Math.min(MAX_WINDOW_BYTES, Math.max(MIN_WINDOW_BYTES, bytes)));
    },
    get bytesPerSecond() {
      return 1000 * takes();
    },
    starts() {
      startedAt = now();
      arrivedBytes = 0;
      if (startedAt - arrivedAt < REST_MS) return;
      most = 0;
      timesNoMore = 0;
    },
    arrived(bytes) {
      arrivedBytes += bytes;
      arrivedAt = now();
      const elapsedMs = arrivedAt - startedAt;
      if (elapsedMs < Math.max(INTERVAL_MS, rttMs()) || arrivedBytes < SAMPLE_BYTES) return;
      const latest = arrivedBytes / elapsedMs;
      const tellsLess = hadRoom && latest <= takes();
      startedAt = arrivedAt;
      arrivedBytes = 0;
      hadRoom = false;
      if (tellsLess) return;
      bytesPerMs.push(latest);
      if (bytesPerMs.length > INTERVALS) bytesPerMs.shift();
      if (latest < MORE * most) timesNoMore++;
      else {
        most = latest;
        timesNoMore = 0;
      }
    },
    hasRoom() {
      hadRoom = true;
    },
  };
}
