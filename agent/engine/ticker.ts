/**
 * Runs a piece of work again and again, as soon as somebody wants it, one slice at a time.
 *
 * @module
 */
export interface Ticker {
  /** There is something to do: a slice runs once what the event loop has at hand is done. */
  wake(): void;
  close(): void;
}

/** @param slice returns when the next one is due, by `performance.now()`; undefined: once somebody wakes it */
export function createTicker(slice: () => number | undefined): Ticker {
  let timer: NodeJS.Timeout | undefined;
  let scheduled = false;
  let closed = false;

  const run = (): void => {
    scheduled = false;
    clearTimeout(timer);
    timer = undefined;
    if (closed) return;
    const next = slice();
    if (next === undefined || closed) return;
    const waitMs = next - performance.now();
    if (waitMs <= 0) wake();
    else timer = setTimeout(run, Math.max(1, waitMs));
  };
  const wake = (): void => {
    if (scheduled || closed) return;
    scheduled = true;
    setImmediate(run);
  };
  return {
    wake,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
