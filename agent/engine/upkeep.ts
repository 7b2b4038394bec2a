/**
 * The handoff's upkeep, which is another program of this dsync: started now and then, and when something came for it.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { childPath } from '../../platform/abs-path.ts';
import type { Home } from '../../platform/home.ts';

/** Several things that come at once are one reason. */
const SOON_MS = 300;

export interface Upkeep {
  /** Something came, or is to be ended. */
  soon(): void;
  close(): void;
}

/** @param everyMs 0: only when there is a reason */
export function startUpkeep({ everyMs, run }: { readonly everyMs: number; readonly run: () => Promise<void> }): Upkeep {
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let again = false;
  let closed = false;

  async function start(): Promise<void> {
    again = running;
    if (running || closed) return;
    running = true;
    try {
      await run();
    } finally {
      running = false;
      if (again) soon();
    }
  }
  function soon(): void {
    if (closed) return;
    clearTimeout(timer);
    timer = setTimeout(() => void start(), SOON_MS);
  }
  const regular = everyMs > 0 ? setInterval(() => void start(), everyMs) : undefined;
  return {
    soon,
    close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(regular);
    },
  };
}

/** Resolves when it has ended. It goes on when the agent ends. */
export function runUpkeep(home: Home): Promise<void> {
  const [script] = process.argv.slice(1);
  if (script === undefined || !isNeeded(home)) return Promise.resolve();
  // The agent may have been started inside a tmux that is gone.
  const { TMUX: _, TMUX_PANE: __, ...env } = process.env;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...process.execArgv, script, 'handoff', 'upkeep'], {
      env,
      stdio: 'ignore',
      detached: true,
    });
    child.unref();
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
}

/** Where nobody uses tmux and no session ever came, there is nothing to keep up. */
function isNeeded(home: Home): boolean {
  if (existsSync(childPath(home.state, 'handoff')) || existsSync(childPath(home.state, 'parcels/from'))) return true;
  const sockets = `${process.env.TMUX_TMPDIR || '/tmp'}/tmux-${process.getuid?.() ?? 0}`;
  try {
    return readdirSync(sockets).length > 0;
  } catch {
    return false;
  }
}
