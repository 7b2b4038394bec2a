/**
 * The agent's log: one JSON object a line, written before the call returns, so that a crash loses none.
 *
 * @module
 */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { pino } from 'pino';
import { type AbsPath, childPath } from './abs-path.ts';
import type { Home } from './home.ts';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

interface Write {
  (text: string): void;
  /** `err` in the fields is written with its stack and cause. */
  (fields: object, text?: string): void;
}

/** What rooms take; a fake needs no more than this. */
export interface Log {
  readonly fatal: Write;
  readonly error: Write;
  readonly warn: Write;
  readonly info: Write;
  readonly debug: Write;
  readonly trace: Write;
  /** A log whose lines all carry these fields. */
  child(fields: object): Log;
}

export interface LogFile {
  readonly log: Log;
  /** Of this log; children keep the level they were made with. */
  setLevel(level: LogLevel): void;
  close(): void;
}

const ROTATE_BYTES = 10 * 1024 * 1024;
const KEPT_FILES = 3;

export function logPath(home: Pick<Home, 'state'>): AbsPath {
  return childPath(home.state, 'log/agent.log');
}

/** `agent.log`, then `agent.log.1` and on, the younger first. */
export function logPaths(path: AbsPath): readonly string[] {
  return [path, ...Array.from({ length: KEPT_FILES }, (_, i) => `${path}.${i + 1}`)];
}

/** Appends to the log file at `path`. At `rotateBytes` it moves aside; the newest three of those stay. */
export function openLog(
  path: AbsPath,
  { level = 'info', rotateBytes = ROTATE_BYTES }: { level?: LogLevel; rotateBytes?: number } = {},
): LogFile {
  const file = openRotating(path, rotateBytes);
  const log = pino({ level, base: { pid: process.pid } }, file);
  return {
    log,
    setLevel(next) {
      log.level = next;
    },
    close: file.close,
  };
}

/** For tests and for commands that keep no log. */
export function silentLog(): Log {
  const nothing = (): void => {};
  const log: Log = {
    fatal: nothing,
    error: nothing,
    warn: nothing,
    info: nothing,
    debug: nothing,
    trace: nothing,
    child: () => log,
  };
  return log;
}

function openRotating(path: AbsPath, rotateBytes: number) {
  mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true, mode: 0o700 });
  let fd = openSync(path, 'a', 0o600);
  let sizeBytes = fstatSync(fd).size;

  function rotate(): void {
    const paths = logPaths(path);
    rmSync(paths.at(-1) ?? path, { force: true });
    for (let i = paths.length - 1; i > 0; i--) moveIfThere(paths[i - 1] ?? path, paths[i] ?? path);
    const next = openSync(path, 'a', 0o600);
    closeSync(fd);
    fd = next;
    sizeBytes = 0;
  }

  return {
    write(line: string): void {
      // A full disk must not end the agent, which may be about to free some: the line is lost, the work goes on.
      try {
        if (sizeBytes >= rotateBytes) rotate();
        const bytes = Buffer.from(line);
        for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
        sizeBytes += bytes.length;
      } catch {}
    },
    close: () => closeSync(fd),
  };
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {}
}
