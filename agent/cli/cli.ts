/**
 * What a command is given: where to write, whom to ask, when to stop.
 *
 * @module
 */
import pc from 'picocolors';
import type { Home } from '../../platform/home.ts';
import type { ControlClient } from '../control/client.ts';

export type Colors = ReturnType<typeof pc.createColors>;

/** 0 done; 1 failed, or “no” where the command answers a question; 2 wrong usage; 3 something waits for a person. */
export type ExitCode = 0 | 1 | 2 | 3;

export interface Cli {
  readonly home: Home;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  readonly colors: Colors;
  /** Somebody can be asked: stdin and stderr are a terminal. */
  readonly canAsk: boolean;
  /** What was asked for: a line on stdout. */
  readonly print: (line: string) => void;
  readonly printJson: (value: unknown) => void;
  /** All else: a line on stderr. */
  readonly note: (line: string) => void;
}

/** Runs a command: gives it its {@link Cli}, reports what it throws, sets the exit code. */
export type Execute = (command: (cli: Cli) => Promise<ExitCode>) => Promise<void>;

export function createCli(home: Home, signal: AbortSignal): Cli {
  const write = (stream: NodeJS.WriteStream, text: string): void => {
    stream.write(`${text}\n`);
  };
  return {
    home,
    signal,
    colors: pc.createColors(pc.isColorSupported && process.stdout.isTTY),
    canAsk: process.stdin.isTTY && process.stderr.isTTY,
    print: (line) => write(process.stdout, line),
    printJson: (value) => write(process.stdout, JSON.stringify(value, null, 2)),
    note: (line) => write(process.stderr, line),
  };
}

/** @throws {DsyncError} AGENT_NOT_RUNNING, AGENT_UNREACHABLE, or what `work` throws */
export async function withAgent<T>(cli: Cli, work: (agent: ControlClient) => Promise<T>): Promise<T> {
  const { connectControl } = await import('../control/client.ts');
  await using agent = await connectControl(cli.home);
  return await work(agent);
}

/** Tells a running agent that the configuration changed; without one there is nobody to tell. */
export async function reloadAgent(cli: Cli): Promise<void> {
  const { DsyncError } = await import('../../platform/failure.ts');
  try {
    await withAgent(cli, (agent) => agent.call('reload', {}, { signal: cli.signal, timeoutMs: 10_000 }));
  } catch (error) {
    if (error instanceof DsyncError && error.code === 'AGENT_NOT_RUNNING') {
      cli.note('The agent is not running; start it with: dsync start');
    } else throw error;
  }
}
