/**
 * A time limit that stands still while a person is asked.
 *
 * @module
 */
export interface Deadline extends Disposable {
  /** Aborts with the caller's reason, or with the error given once time is up. */
  readonly signal: AbortSignal;
  /** Time does not count while this runs. */
  pausedWhile<T>(run: () => Promise<T>): Promise<T>;
}

export function createDeadline(
  limitMs: number,
  expired: () => Error,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Deadline {
  const controller = new AbortController();
  let leftMs = limitMs;
  let startedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let over = false;

  const onAbort = (): void => controller.abort(signal?.reason);
  function start(): void {
    if (over) return;
    startedAt = performance.now();
    timer = setTimeout(() => controller.abort(expired()), leftMs);
  }
  function stop(): void {
    clearTimeout(timer);
    leftMs = Math.max(0, leftMs - (performance.now() - startedAt));
  }

  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  start();
  return {
    signal: controller.signal,
    async pausedWhile(run) {
      stop();
      try {
        return await run();
      } finally {
        start();
      }
    },
    [Symbol.dispose]() {
      over = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
