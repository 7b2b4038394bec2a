/**
 * Seeing a file arrive, by the clock of this process: it writes on one side and watches the other.
 *
 * @module
 */
import { type FSWatcher, mkdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';

/** For an event that was lost; long enough to show as an outlier. */
const LOST_EVENT_MS = 100;

export interface Sight extends Disposable {
  /** Resolves with the milliseconds until the file in this folder has exactly this content. */
  readonly timeTo: (name: string, content: string, act: () => void) => Promise<number>;
}

/** Watches one folder, which is created where it is missing. */
export function createSight(folder: string, { timeoutMs = 30_000 } = {}): Sight {
  mkdirSync(folder, { recursive: true });
  let onEvent = (): void => {};
  const watcher: FSWatcher = watch(folder, () => onEvent());
  return {
    timeTo: (name, content, act) =>
      new Promise((resolve, reject) => {
        const path = join(folder, name);
        const startMs = performance.now();
        const look = (): void => {
          if (readIfThere(path) === content) finish(() => resolve(performance.now() - startMs));
          else if (performance.now() - startMs > timeoutMs) finish(() => reject(new Error(`${path} did not arrive`)));
        };
        const timer = setInterval(look, LOST_EVENT_MS);
        const finish = (settle: () => void): void => {
          clearInterval(timer);
          onEvent = () => {};
          settle();
        };
        onEvent = look;
        act();
      }),
    [Symbol.dispose]: () => watcher.close(),
  };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
