/**
 * Shows how far things have come while a command waits for the agent: lines that are drawn anew in a terminal, lines of
 * JSON for scripts, nothing else where.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cli } from '../../platform/cli.ts';
import type { RootProgress } from '../control/api.ts';
import type { ControlClient } from '../control/client.ts';
import { formatProgress } from './format-progress.ts';

const DRAW_MS = 200;
const JSON_LINE_MS = 500;

export interface WatchProgressOptions {
  readonly params: { readonly root?: string };
  readonly json: boolean;
}

/** Resolves or rejects with `work`, and leaves the terminal as it was. */
export async function watchProgress<T>(
  cli: Cli,
  agent: ControlClient,
  { params, json }: WatchProgressOptions,
  work: Promise<T>,
): Promise<T> {
  const view = json ? createJsonView(cli) : process.stderr.isTTY ? await createTerminalView(cli) : undefined;
  if (view === undefined) return await work;
  const over = new AbortController();
  const showing = (async () => {
    while (!over.signal.aborted) {
      const { roots } = await agent.call('progress', params, { signal: over.signal });
      if (!over.signal.aborted) view.show(roots);
      await sleep(view.everyMs, undefined, { signal: over.signal });
    }
  })().catch(() => {
    // Ended by us, or the agent went away: then `work` says so.
  });
  try {
    return await work;
  } finally {
    over.abort();
    await showing;
    view.end();
  }
}

interface View {
  readonly everyMs: number;
  show(roots: readonly RootProgress[]): void;
  end(): void;
}

/** A line while there is something to do; a script that reads slowly gets fewer, not older ones. */
function createJsonView(cli: Cli): View {
  return {
    everyMs: JSON_LINE_MS,
    show(roots) {
      const busy = roots.some(({ peers }) => peers.some(({ sending, receiving }) => sending ?? receiving));
      if (busy && !process.stdout.writableNeedDrain) cli.print(JSON.stringify({ kind: 'progress', roots }));
    },
    end() {},
  };
}

async function createTerminalView({ colors }: Cli): Promise<View> {
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(process.stderr);
  return {
    everyMs: DRAW_MS,
    show(roots) {
      const lines = formatProgress(roots, colors);
      const scanning = roots.filter(({ state }) => state === 'scanning');
      update([...scanning.map(({ root }) => `  ${root}  looking through it`), ...lines].join('\n'));
    },
    end() {
      update.clear();
      // Shows the cursor again.
      update.done();
    },
  };
}
