/**
 * What a command is given: where to write, whom to ask, when to stop.
 *
 * @module
 */
import pc from 'picocolors';
import type { Home } from './home.ts';

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
export type Execute = (command: (cli: Cli) => Promise<number>) => Promise<void>;

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
