/**
 * Visible first, durable soon after: what was applied goes to disk in groups, and then its intents are let go.
 *
 * @module
 */
import type { Apply } from '../apply/apply.ts';
import type { Intents } from '../apply/intents.ts';
import type { IndexStore } from '../index/index-store.ts';

export interface Settling {
  /** Something was applied. */
  touched(): void;
  close(): Promise<void>;
}

/** Syncing a disk in the middle of a flood makes every file of the flood wait for it. */
const QUIET_MS = 500;
const MAX_MS = 5000;
const TOUCH_MS = 50;

export function createSettling({
  index,
  apply,
  intents,
  onFailure,
}: {
  readonly index: IndexStore;
  readonly apply: Apply;
  readonly intents: Intents;
  readonly onFailure: (text: string, error: unknown) => void;
}): Settling {
  let timer: NodeJS.Timeout | undefined;
  let settling: Promise<void> | undefined;
  let again = false;
  let firstAt = 0;
  let touchedAt = 0;

  const settle = async () => {
    const mark = intents.mark();
    await index.commit();
    await apply.flush();
    await index.durable();
    intents.settle(mark);
  };
  const run = () => {
    timer = undefined;
    settling = settle()
      .catch((error: unknown) => onFailure('Could not bring what was applied safely to disk', error))
      .finally(() => {
        settling = undefined;
        if (again) start();
      });
  };
  const start = () => {
    again = false;
    if (timer === undefined) firstAt = performance.now();
    clearTimeout(timer);
    timer = setTimeout(run, Math.min(QUIET_MS, Math.max(0, firstAt + MAX_MS - performance.now())));
  };
  return {
    touched() {
      const now = performance.now();
      if (timer !== undefined && now - touchedAt < TOUCH_MS) return;
      touchedAt = now;
      if (settling === undefined) start();
      else again = true;
    },
    async close() {
      clearTimeout(timer);
      await settling;
      clearTimeout(timer);
      await settle().catch((error: unknown) => onFailure('Could not bring what was applied safely to disk', error));
    },
  };
}
