import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 50;
/** Looking costs wake-ups: nobody looks at an agent that nobody asks. */
const WATCHED_MS = 60_000;

/**
 * The longest time that the event loop was blocked since the last call, in milliseconds. It is watched for a minute from
 * the start and from each call; 0 after a longer pause.
 */
export function createLoopDelay(): () => number {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let stop: NodeJS.Timeout | undefined;
  const watch = (): void => {
    clearTimeout(stop);
    delays.reset();
    delays.enable();
    stop = setTimeout(() => {
      delays.disable();
      stop = undefined;
    }, WATCHED_MS);
    stop.unref();
  };
  watch();
  return () => {
    const longestMs = stop === undefined ? 0 : Math.max(0, delays.max / 1e6 - RESOLUTION_MS);
    watch();
    return Math.round(longestMs * 10) / 10;
  };
}
