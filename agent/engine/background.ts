/**
 * Long work in small steps, one after the other, a few at a time.
 *
 * @module
 */
export interface Background {
  /** Resolves once the steps are over, also where they threw, or this was closed. */
  add(steps: Iterator<void>): Promise<void>;
  /** Goes on until the time is up, by `performance.now()`. */
  work(untilMs: number): void;
  readonly isEmpty: boolean;
  close(): void;
}

export function createBackground({
  onAdded,
  onStep,
  onFailure,
}: {
  readonly onAdded: () => void;
  readonly onStep: () => void;
  readonly onFailure: (error: unknown) => void;
}): Background {
  const waiting: { readonly steps: Iterator<void>; readonly done: () => void }[] = [];
  return {
    add(steps) {
      const done = new Promise<void>((resolve) => {
        waiting.push({ steps, done: resolve });
      });
      onAdded();
      return done;
    },
    work(untilMs) {
      for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
        let finished = false;
        try {
          finished = first.steps.next().done === true;
          onStep();
        } catch (error) {
          finished = true;
          onFailure(error);
        }
        if (finished) {
          waiting.shift();
          first.done();
        }
        if (performance.now() >= untilMs) return;
      }
    },
    get isEmpty() {
      return waiting.length === 0;
    },
    close() {
      for (const { done } of waiting.splice(0)) done();
    },
  };
}
