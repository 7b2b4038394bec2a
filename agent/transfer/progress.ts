/**
 * How far one direction between two hosts has come: what was done, what is left, how quickly it goes, what is in flight.
 *
 * Work is *announced* (its files are known one by one) or lies *ahead* (known by number and size alone), and is *done*
 * once it is settled, however it got there: content that was found on the spot counts like content that was carried. A
 * *round* lasts from the first announcement until nothing is left; a pause that is shorter than {@link ROUND_GAP_MS} does
 * not end it. Times are milliseconds of a monotonic clock, and arguments.
 *
 * @module
 */

export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

export interface InFlight {
  readonly path: string;
  readonly bytes: number;
  readonly bytesDone: number;
}

export interface Snapshot {
  readonly files: number;
  readonly filesDone: number;
  readonly bytes: number;
  readonly bytesDone: number;
  readonly bytesPerSecond: number;
  /** Undefined while nothing moves. */
  readonly leftMs: number | undefined;
  /** Files of which a part is there. */
  readonly inFlight: readonly InFlight[];
}

export interface Progress {
  announced(amount: Amount, nowMs: number): void;
  /** What is known to follow beside what was announced: takes the place of the amount given before. */
  ahead(amount: Amount, nowMs: number): void;
  /** So much of the file is there by now; the first call for a path says where it goes on from. */
  part(file: InFlight, nowMs: number): void;
  /** Nothing of the file is in flight any more, for whatever reason. */
  partOver(path: string): void;
  /** Settled: of what was announced. */
  done(amount: Amount, nowMs: number): void;
  /** The link begins anew: what is left is announced again, what was done stays. */
  restart(nowMs: number): void;
  /** Undefined while nothing is left to do. */
  snapshot(nowMs: number): Snapshot | undefined;
  /** Went over the link, or came to lie at its path: apart from {@link done}, which holds also for what was there already. */
  carried(amount: Amount): void;
  /** All that was ever carried. */
  readonly total: Amount;
}

const WINDOW_MS = 5_000;
const SAMPLE_MS = 250;
/** Less than that says more about a moment than about a speed. */
const LEAST_SPAN_MS = 250;
export const ROUND_GAP_MS = 1_000;

interface Sample {
  readonly atMs: number;
  readonly files: number;
  /** Lowered by what was there before it was asked for: that is done and was not quick. */
  bytes: number;
}

export function createProgress(): Progress {
  let open = { files: 0, bytes: 0 };
  let ahead: Amount = { files: 0, bytes: 0 };
  let round = { files: 0, bytes: 0 };
  let total: Amount = { files: 0, bytes: 0 };
  const partByPath = new Map<string, InFlight>();
  let partBytes = 0;
  let samples: Sample[] = [];
  let overAtMs: number | undefined = Number.NEGATIVE_INFINITY;

  const isOver = () => open.files <= 0 && ahead.files <= 0 && partByPath.size === 0;
  const begin = (nowMs: number) => {
    if (overAtMs === undefined || isOver()) return;
    if (nowMs - overAtMs > ROUND_GAP_MS) {
      round = { files: 0, bytes: 0 };
      samples = [];
    }
    overAtMs = undefined;
    sample(nowMs);
  };
  const end = (nowMs: number) => {
    if (overAtMs === undefined && isOver()) overAtMs = nowMs;
  };
  const reached = (nowMs: number): Sample => ({ atMs: nowMs, files: round.files, bytes: round.bytes + partBytes });
  const sample = (nowMs: number) => {
    if (nowMs - (samples.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) >= SAMPLE_MS) samples.push(reached(nowMs));
    // One sample from before the window stays: speed is measured over all of it.
    while ((samples[1]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs - WINDOW_MS) samples.shift();
  };
  const setPart = (path: string, part: InFlight | undefined) => {
    partBytes += (part?.bytesDone ?? 0) - (partByPath.get(path)?.bytesDone ?? 0);
    if (part === undefined) partByPath.delete(path);
    else partByPath.set(path, part);
  };
  const perMs = (nowMs: number) => {
    const from = samples[0];
    if (from === undefined || nowMs - from.atMs < LEAST_SPAN_MS) return { files: 0, bytes: 0 };
    const { files, bytes } = reached(nowMs);
    const spanMs = nowMs - from.atMs;
    return { files: Math.max(0, files - from.files) / spanMs, bytes: Math.max(0, bytes - from.bytes) / spanMs };
  };

  return {
    announced({ files, bytes }, nowMs) {
      open = { files: open.files + files, bytes: open.bytes + bytes };
      begin(nowMs);
    },
    ahead(amount, nowMs) {
      ahead = amount;
      begin(nowMs);
      end(nowMs);
    },
    part(file, nowMs) {
      const isFirst = !partByPath.has(file.path);
      setPart(file.path, file);
      if (isFirst) for (const each of samples) each.bytes += file.bytesDone;
      begin(nowMs);
      sample(nowMs);
    },
    partOver(path) {
      setPart(path, undefined);
    },
    done({ files, bytes }, nowMs) {
      open = { files: Math.max(0, open.files - files), bytes: Math.max(0, open.bytes - bytes) };
      round = { files: round.files + files, bytes: round.bytes + bytes };
      sample(nowMs);
      end(nowMs);
    },
    restart(nowMs) {
      open = { files: 0, bytes: 0 };
      ahead = { files: 0, bytes: 0 };
      partByPath.clear();
      partBytes = 0;
      end(nowMs);
    },
    snapshot(nowMs) {
      end(nowMs);
      if (isOver()) return undefined;
      sample(nowMs);
      const speed = perMs(nowMs);
      const left = { files: open.files + ahead.files, bytes: Math.max(partBytes, open.bytes + ahead.bytes) };
      return {
        files: round.files + left.files,
        filesDone: round.files,
        bytes: round.bytes + left.bytes,
        bytesDone: round.bytes + partBytes,
        bytesPerSecond: Math.round(speed.bytes * 1000),
        leftMs: timeLeft({ files: left.files, bytes: left.bytes - partBytes }, speed),
        inFlight: [...partByPath.values()],
      };
    },
    carried({ files, bytes }) {
      total = { files: total.files + files, bytes: total.bytes + bytes };
    },
    get total() {
      return total;
    },
  };
}

/** Many small files are slow by their number, few large ones by their size: the later end counts. */
function timeLeft(left: Amount, perMs: Amount): number | undefined {
  if (left.bytes > 0 && perMs.bytes === 0) return undefined;
  const byBytes = left.bytes > 0 ? left.bytes / perMs.bytes : 0;
  const byFiles = left.files > 0 && perMs.files > 0 ? left.files / perMs.files : 0;
  // While one large file is under way, none is finished: then its bytes alone tell.
  const leftMs = Math.max(byBytes, byFiles);
  return leftMs === 0 ? undefined : Math.round(leftMs);
}
