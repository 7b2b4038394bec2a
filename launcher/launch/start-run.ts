/**
 * Starting one command so that it outlives this program: in a window of tmux, or in the background with a log.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { DsyncError, messageOf } from '../../platform/failure.ts';
import type { Home } from '../../platform/home.ts';
import { type Command, runArgv, runText } from '../core/command.ts';
import { findProcess, RUN_VARIABLE } from '../ports/process-table.ts';
import { type RunRecord, runLogPath, runsFolder, writeRun } from './run-record.ts';
import { openWindow, sessionName } from './tmux.ts';
import { wrapForTools } from './tool-wrap.ts';

export interface Launch {
  readonly home: Pick<Home, 'state'>;
  readonly project: { readonly id: string; readonly name: string };
  /** Of the project. */
  readonly path: string;
  readonly command: Command;
  /** Where it was told to listen, or is expected to. */
  readonly port: number | undefined;
}

/**
 * @param where `tmux`, or `background` where there is none
 * @throws {DsyncError} COMMAND_FAILED it could not be started at all
 */
export async function startRun(launch: Launch, where: 'tmux' | 'background'): Promise<RunRecord> {
  const { home } = launch;
  mkdirSync(runsFolder(home), { recursive: true, mode: 0o700 });
  const id = newRunId();
  const log = runLogPath(home, id);
  closeSync(openSync(log, 'w', 0o600));
  const run = where === 'tmux' ? await inWindow(launch, id, log) : await inBackground(launch, id, log);
  writeRun(home, run);
  return run;
}

/** The record of a process that runs in this terminal. */
export function foregroundRun(launch: Launch, id: string, pid: number): RunRecord {
  return recordOf(launch, id, { kind: 'foreground', ...processAt(pid) });
}

export function newRunId(): string {
  return randomBytes(6).toString('hex');
}

export function commandFolder(path: string, { folder }: Pick<Command, 'folder'>): string {
  return folder === '' ? path : `${path}/${folder}`;
}

/** Beside what is inherited. */
export function commandEnv({ command, port }: Pick<Launch, 'command' | 'port'>, id: string): Record<string, string> {
  const own = port === undefined || command.port === undefined ? {} : { PORT: String(port) };
  return { ...own, ...command.env, ...own, [RUN_VARIABLE]: id };
}

async function inWindow(launch: Launch, id: string, log: string): Promise<RunRecord> {
  const { project, path, command } = launch;
  const folder = commandFolder(path, command);
  const pane = await openWindow({
    session: sessionName(project.name),
    window: command.name,
    folder,
    argv: wrapForTools(runArgv(command.run), folder),
    env: commandEnv(launch, id),
    log,
  });
  return recordOf(launch, id, { kind: 'tmux', session: pane.session, pane: pane.id, ...processAt(pane.pid) });
}

async function inBackground(launch: Launch, id: string, log: string): Promise<RunRecord> {
  const { path, command } = launch;
  const folder = commandFolder(path, command);
  const [program, ...args] = wrapForTools(runArgv(command.run), folder);
  const fd = openSync(log, 'a', 0o600);
  try {
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...process.env, ...commandEnv(launch, id) },
      // A group of its own: it ends as a whole, and no key of this terminal ends it.
      detached: true,
      stdio: ['ignore', fd, fd],
    });
    await once(child, 'spawn');
    child.unref();
    return recordOf(launch, id, { kind: 'background', ...processAt(child.pid ?? 0) });
  } catch (error) {
    throw new DsyncError('COMMAND_FAILED', `Could not start ${program}: ${messageOf(error)}`, {
      cause: error,
      cure: `Check that ${program} is installed, and on the PATH.`,
    });
  } finally {
    closeSync(fd);
  }
}

/** One that ended already has no start any more, and counts as ended. */
export function processAt(pid: number): { pid: number; started: string } {
  return { pid, started: findProcess(pid)?.started ?? 'ended' };
}

export function recordOf({ project, path, command, port }: Launch, id: string, how: RunRecord['how']): RunRecord {
  return {
    id,
    projectId: project.id,
    project: project.name,
    command: command.name,
    line: runText(command.run),
    folder: commandFolder(path, command),
    startedAt: Date.now(),
    ...(port === undefined ? {} : { port }),
    how,
  };
}
