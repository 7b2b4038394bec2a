import { absPath, tildePath } from '../../platform/abs-path.ts';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import type { Status } from '../control/api.ts';
import type { StatusOptions } from './agent-commands.ts';
import { formatStatus, needsAttention } from './format-status.ts';
import { withAgent } from './with-agent.ts';

const ANSWER_MS = 10_000;
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

export async function status(cli: Cli, { json, watch, check }: StatusOptions): Promise<ExitCode> {
  if (watch) return watchStatus(cli, { json });
  const current = await withAgent(cli, (agent) =>
    agent.call('status', {}, { signal: cli.signal, timeoutMs: ANSWER_MS }),
  );
  if (check) cli.print(current.state);
  else show(cli, current, { json });
  if (needsAttention(current)) return 3;
  return check && current.state !== 'in-sync' ? 1 : 0;
}

/** Draws anew each second, and at once when something happens; runs until Ctrl-C. Where no agent runs it says so, and waits. */
async function watchStatus(cli: Cli, { json }: Pick<StatusOptions, 'json'>): Promise<ExitCode> {
  const { setTimeout: sleep } = await import('node:timers/promises');
  const { signal } = cli;
  while (!signal.aborted) {
    try {
      await withAgent(cli, async (agent) => {
        for (;;) {
          const current = await agent.call('status', {}, { signal, timeoutMs: ANSWER_MS });
          if (!json && process.stdout.isTTY) process.stdout.write(CLEAR_SCREEN);
          if (json) cli.print(JSON.stringify(current));
          else show(cli, current, {});
          await sleep(1000, undefined, { signal });
        }
      });
    } catch (error) {
      if (signal.aborted) return 0;
      if (!(error instanceof DsyncError)) throw error;
      cli.note(`${error.message}; waiting for it. ${error.cure}`);
      await sleep(1000, undefined, { signal }).catch(() => {});
    }
  }
  return 0;
}

function show(cli: Cli, current: Status, { json }: Pick<StatusOptions, 'json'>): void {
  if (json) {
    cli.printJson(current);
    return;
  }
  const shortPath = (path: string): string => tildePath(absPath(path));
  for (const line of formatStatus(current, { colors: cli.colors, now: Date.now(), shortPath })) cli.print(line);
}
