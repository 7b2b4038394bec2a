/**
 * The port of a command, when the one that it wants is taken.
 *
 * @module
 */
import { DsyncError } from '../../platform/failure.ts';
import { quoteWords } from '../../platform/quote-words.ts';
import type { Command } from '../core/command.ts';
import { isFree, nextFreePort, pidOnPort } from '../ports/listeners.ts';
import { commandOf, runIdOf } from '../ports/process-table.ts';
import type { RunRecord } from './run-record.ts';

export interface Taken {
  readonly port: number;
  /** Who listens there: `web dev (pid 12)`, `node server.js (pid 12)`, or somebody unseen. */
  readonly by: string;
  readonly next: number;
}

/** Undefined where it is free. */
export async function findTaken(
  port: number,
  runs: readonly RunRecord[],
  nextFrom = port + 1,
): Promise<Taken | undefined> {
  if (await isFree(port)) return undefined;
  return { port, by: ownerOf(port, runs), next: await nextFreePort(nextFrom) };
}

/** Pure. The command such that it listens elsewhere: by its own flag where it has one, by the variable PORT in any case. */
export function withPort(command: Command, number: number): Command {
  const hint = { ...command.port, number };
  const { flag } = hint;
  if (flag === undefined || command.port?.number === number) return { ...command, port: hint };
  const extra = [...flag, String(number)];
  const run = typeof command.run === 'string' ? `${command.run} ${quoteWords(extra)}` : [...command.run, ...extra];
  return { ...command, run, port: hint };
}

export function portTaken({ port, by, next }: Taken, project: string): DsyncError {
  return new DsyncError('PORT_TAKEN', `Port ${port} is taken by ${by}. Nothing was started.`, {
    cure: `The next free one is ${next}: dlaunch ${project} --port ${next}`,
  });
}

function ownerOf(port: number, runs: readonly RunRecord[]): string {
  const pid = pidOnPort(port);
  if (pid === undefined) return 'a process of another user';
  const run = runs.find(({ id }) => id === runIdOf(pid));
  return `${run === undefined ? commandOf(pid).slice(0, 80) : `${run.project} ${run.command}`} (pid ${pid})`;
}
