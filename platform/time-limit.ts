export interface TimeLimit extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * A signal that aborts with another one, and when the time is up; then its reason is a `TimeoutError`.
 *
 * @param timeoutMs no end where undefined
 */
export function limitTime(signal: AbortSignal, timeoutMs: number | undefined): TimeLimit {
  // Not AbortSignal.timeout within AbortSignal.any: nothing holds it, and what is collected never aborts.
  const over = new AbortController();
  const end = (): void => over.abort(new DOMException('The time is up', 'TimeoutError'));
  const timer = timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs);
  return { signal: AbortSignal.any([signal, over.signal]), [Symbol.dispose]: () => clearTimeout(timer) };
}
