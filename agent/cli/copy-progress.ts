/**
 * How far a copy is: a bar where a terminal is, lines of JSON where a script asked for them, nothing in the first second.
 *
 * @module
 */
import type { Cli } from '../../platform/cli.ts';
import { formatBytes, formatDuration } from '../../platform/format.ts';
import type { RsyncProgress } from '../transfer/rsync-output.ts';

const FIRST_MS = 1000;
const BETWEEN_MS = 200;
const BAR_WIDTH = 24;
const CLEAR_LINE = '\r\u001b[K';

export interface Progress {
  readonly update: (progress: RsyncProgress) => void;
  readonly close: () => void;
}

export function createProgress(
  cli: Pick<Cli, 'print'>,
  options: { readonly totalBytes: number; readonly json: boolean; readonly now?: () => number; readonly bar?: Bar },
): Progress {
  const { totalBytes, json, now = () => performance.now(), bar = process.stderr } = options;
  const startedMs = now();
  let shownMs = startedMs + FIRST_MS - BETWEEN_MS;
  let isDrawn = false;
  return {
    update({ bytes, filesDone }) {
      const atMs = now();
      if (atMs - shownMs < BETWEEN_MS || (!json && bar.isTTY !== true)) return;
      shownMs = atMs;
      const state = progressState({ bytes, totalBytes, elapsedMs: atMs - startedMs });
      if (json) cli.print(JSON.stringify({ kind: 'progress', bytes, totalBytes, files: filesDone ?? null, ...state }));
      else {
        bar.write(`${CLEAR_LINE}${formatBar(bytes, totalBytes, state)}`);
        isDrawn = true;
      }
    },
    close() {
      if (isDrawn) bar.write(CLEAR_LINE);
    },
  };
}

interface Bar {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** @internal */
export interface ProgressState {
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | null;
}

/** @internal */
export function progressState(at: {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly elapsedMs: number;
}): ProgressState {
  const bytesPerSecond = at.elapsedMs > 0 ? Math.round((at.bytes * 1000) / at.elapsedMs) : 0;
  const left = Math.max(0, at.totalBytes - at.bytes);
  return { bytesPerSecond, secondsLeft: bytesPerSecond > 0 ? Math.ceil(left / bytesPerSecond) : null };
}

/** @internal */
export function formatBar(bytes: number, totalBytes: number, { bytesPerSecond, secondsLeft }: ProgressState): string {
  const share = totalBytes > 0 ? Math.min(1, bytes / totalBytes) : 1;
  const full = Math.round(share * BAR_WIDTH);
  const left = secondsLeft === null ? '' : `  ${formatDuration(secondsLeft * 1000)} left`;
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}] ${Math.floor(share * 100)} %  ${formatBytes(bytes)} of ${formatBytes(totalBytes)}  ${formatBytes(bytesPerSecond)}/s${left}`;
}
