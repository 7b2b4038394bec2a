/**
 * A line of the log as a person reads it. Pure.
 *
 * @module
 */
import * as z from 'zod';
import type { Colors } from '../../platform/cli.ts';

const lineSchema = z.looseObject({ level: z.number(), time: z.number(), msg: z.string().default('') });

const KNOWN_FIELDS = new Set(['level', 'time', 'msg', 'pid', 'err']);

/** A line that is no log line comes back as it is. */
export function formatLogLine(line: string, colors: Colors): string {
  const parsed = lineSchema.safeParse(parseJson(line));
  if (!parsed.success) return line;
  const { level, time, msg, err } = parsed.data;
  const fields = Object.entries(parsed.data)
    .filter(([key]) => !KNOWN_FIELDS.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const head = `${colors.dim(formatTime(new Date(time)))} ${levelName(level, colors)} ${msg}`;
  const stack = err === undefined ? '' : `\n${indent(stackOf(err))}`;
  return `${[head, ...fields.map((field) => colors.dim(field))].join(' ')}${stack}`;
}

function levelName(level: number, colors: Colors): string {
  if (level >= 60) return colors.red('FATAL');
  if (level >= 50) return colors.red('ERROR');
  if (level >= 40) return colors.yellow('WARN ');
  if (level >= 30) return 'INFO ';
  return colors.dim(level >= 20 ? 'DEBUG' : 'TRACE');
}

/** In this host's time zone. */
function formatTime(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const ms = String(at.getMilliseconds()).padStart(3, '0');
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`;
}

function stackOf(err: unknown): string {
  const text = z.object({ stack: z.string() }).safeParse(err);
  return text.success ? text.data.stack : JSON.stringify(err);
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
