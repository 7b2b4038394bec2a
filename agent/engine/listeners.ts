/** Who wants to hear of something, each until its signal aborts. */
export interface Listeners<T extends (...args: never[]) => void> {
  readonly all: ReadonlySet<T>;
  add(listener: T, signal: AbortSignal): void;
}

export function createListeners<T extends (...args: never[]) => void>(): Listeners<T> {
  const all = new Set<T>();
  return {
    all,
    add(listener, signal) {
      if (signal.aborted) return;
      all.add(listener);
      signal.addEventListener('abort', () => all.delete(listener), { once: true });
    },
  };
}
