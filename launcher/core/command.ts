/**
 * A command that a project can be started with, wherever it was found.
 *
 * @module
 */
import { quoteWords } from '../../platform/quote-words.ts';

/** An argument list, or a line for `sh -c`. */
export type Run = readonly string[] | string;

/** `serve` listens on a port, `run` may end by itself; neither belongs in a pipe. */
export type Role = 'serve' | 'run' | 'test' | 'build' | 'other';

export interface PortHint {
  readonly number: number;
  /** Goes before another number to make the command listen there; the variable `PORT` says it where absent. */
  readonly flag?: readonly string[];
}

export interface Command {
  /** Unique in its project. */
  readonly name: string;
  readonly run: Run;
  /** Where it runs, inside the project; empty for the project's own folder. */
  readonly folder: string;
  readonly role: Role;
  /** Where it was found: `package.json#scripts.dev`. */
  readonly source: string;
  /** Why it looks as it does: `pnpm from packageManager`; empty where the source says all. */
  readonly why: string;
  /** What the source makes of it: the text of a script that `run` only names. A change of it wants trust anew. */
  readonly body?: string;
  readonly score: number;
  readonly port?: PortHint;
  readonly env?: Readonly<Record<string, string>>;
  /** Names of commands that are ready before this one starts. */
  readonly after?: readonly string[];
  /** Runs to their end, in order, before it. */
  readonly before?: readonly Run[];
  /** A path that answers over HTTP once the command is ready. */
  readonly health?: string;
  /** Names of commands that it stands for; it runs nothing itself. */
  readonly starts?: readonly string[];
}

/** As a person would type it. */
export function runText(run: Run): string {
  return typeof run === 'string' ? run : quoteWords(run);
}

/** The same with where it runs; for one that stands for others, their names. */
export function commandText({ run, folder, starts }: Pick<Command, 'run' | 'folder' | 'starts'>): string {
  if (starts !== undefined) return starts.join(' + ');
  return folder === '' ? runText(run) : `(in ${folder}) ${runText(run)}`;
}

export function runArgv(run: Run): readonly [string, ...string[]] {
  if (typeof run === 'string') return ['/bin/sh', '-c', run];
  const [program = 'true', ...args] = run;
  return [program, ...args];
}

/** The best first; of two equals, the one that was found first. */
export function rankCommands(commands: readonly Command[]): Command[] {
  return commands.toSorted((a, b) => b.score - a.score);
}
