/**
 * Running commands in this terminal: one has it to itself, of several each line says whose it is.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { DsyncError, messageOf } from '../../platform/failure.ts';
import { runArgv } from '../core/command.ts';
import { type RunRecord, removeRun, writeRun } from './run-record.ts';
import { commandEnv, commandFolder, foregroundRun, type Launch, newRunId } from './start-run.ts';
import { stopRun } from './stop-run.ts';
import { wrapForTools } from './tool-wrap.ts';

export interface ForegroundOptions {
  readonly signal: AbortSignal;
  /** Called once it runs; it may wait for its port meanwhile. */
  readonly onStart: (run: RunRecord, signal: AbortSignal) => void;
}

/** What a shell says of a command that a signal ended. */
const SIGNAL_BASE = 128;

/**
 * The terminal is the command's own: keys, size, colours, Ctrl-C.
 *
 * @returns its exit code, 128 and more where a signal ended it
 * @throws {DsyncError} COMMAND_FAILED it could not be started
 */
export async function runInForeground(launch: Launch, { signal, onStart }: ForegroundOptions): Promise<number> {
  const { child, run } = await spawnCommand(launch, 'inherit');
  const over = new AbortController();
  // Ctrl-C goes to the command itself, which decides; this program ends when it does.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  const onTerminate = (): void => void child.kill('SIGTERM');
  process.on('SIGTERM', onTerminate);
  onStart(run, AbortSignal.any([signal, over.signal]));
  try {
    return exitCodeOf(await once(child, 'close'));
  } finally {
    over.abort();
    process.off('SIGINT', ignore);
    process.off('SIGTERM', onTerminate);
    removeRun(launch.home, run.id);
  }
}

export interface Together extends ForegroundOptions {
  readonly print: (command: string, line: string) => void;
  /** Resolves when the command is ready, so that those that wait for it may start. */
  readonly ready: (launch: Launch, run: RunRecord, signal: AbortSignal) => Promise<void>;
}

/**
 * Starts them in order, each when those that it waits for are ready. When one ends, or Ctrl-C is pressed, all end.
 *
 * @returns the exit code of the one that ended first
 */
export async function runTogether(
  launches: readonly Launch[],
  { signal, onStart, print, ready }: Together,
): Promise<number> {
  const children: { readonly home: Launch['home']; readonly run: RunRecord; readonly closed: Promise<number> }[] = [];
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  const aborted = new Promise<number>((resolve) =>
    both.addEventListener('abort', () => resolve(SIGNAL_BASE + 2), { once: true }),
  );
  try {
    for (const launch of launches) {
      const started = await spawnCommand(launch, 'pipe');
      const closed = once(started.child, 'close').then(exitCodeOf);
      children.push({ home: launch.home, run: started.run, closed });
      for (const stream of [started.child.stdout, started.child.stderr]) {
        if (stream) createInterface({ input: stream }).on('line', (line) => print(launch.command.name, line));
      }
      onStart(started.run, both);
      const isAwaited = launches.some(({ command }) => command.after?.includes(launch.command.name));
      if (isAwaited) await Promise.race([ready(launch, started.run, both), closed, aborted]);
    }
    return await Promise.race([...children.map(({ closed }) => closed), aborted]);
  } finally {
    over.abort();
    const never = new AbortController().signal;
    await Promise.allSettled(
      children.map(({ home, run, closed }) => stopRun(home, run, { signal: never, force: true }).then(() => closed)),
    );
  }
}

async function spawnCommand(
  launch: Launch,
  output: 'inherit' | 'pipe',
): Promise<{ child: ChildProcess; run: RunRecord }> {
  const { home, path, command } = launch;
  const id = newRunId();
  const folder = commandFolder(path, command);
  const [program, ...args] = wrapForTools(runArgv(command.run), folder);
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...commandEnv(launch, id) },
    // Of several, each is a group that can be ended as a whole; a lone one keeps the terminal.
    detached: output === 'pipe',
    stdio: output === 'inherit' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new DsyncError('COMMAND_FAILED', `Could not start ${program} in ${folder}: ${messageOf(error)}`, {
      cause: error,
      cure: `Check that ${program} is installed, and on the PATH.`,
    });
  }
  const run = foregroundRun(launch, id, child.pid ?? 0);
  writeRun(home, run);
  return { child, run };
}

function exitCodeOf([code, signal]: unknown[]): number {
  if (typeof code === 'number') return code;
  return SIGNAL_BASE + (signal === 'SIGINT' ? 2 : signal === 'SIGKILL' ? 9 : 15);
}
