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

const GROUP_MS = 500;

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
    timer ??= setTimeout(run, GROUP_MS);
  };
  return {
    touched() {
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
