/**
 * Reading JSON files that people and other versions of dsync write: one schema checks, and a fault names file and line.
 * A file that cannot be read is never overwritten: whoever writes reads first.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import type { AbsPath } from './abs-path.ts';
import { DsyncError, errnoOf, type FailureCode, messageOf } from './failure.ts';
import { lineOfJsonFault, lineOfValue } from './settings-lines.ts';

type FaultCode = Extract<FailureCode, 'BAD_INPUT' | 'BAD_STATE'>;

/**
 * @param missing what stands for a file that is not there
 * @param code `BAD_INPUT` for a file that the user writes, `BAD_STATE` for one that dsync writes
 * @throws {DsyncError} `code`: unreadable, no JSON, or not of the schema
 */
export function readSettingsFile<S extends z.ZodType>(
  path: AbsPath,
  schema: S,
  { missing, code }: { readonly missing: unknown; readonly code: FaultCode },
): z.infer<S> {
  const text = readTextFile(path, code) ?? JSON.stringify(missing);
  const cure = (line: number): string =>
    `Mend line ${line} of ${path}, or move the file away to start afresh. It was left as it is.`;
  return parseSettings(text, schema, { source: path, code, cure });
}

/**
 * @param source what the text is of, for the message
 * @throws {DsyncError} `code`: no JSON, or not of the schema
 */
export function parseSettings<S extends z.ZodType>(
  text: string,
  schema: S,
  options: { readonly source: string; readonly code: FaultCode; readonly cure?: (line: number) => string },
): z.infer<S> {
  const { source, code, cure } = options;
  const fail = (line: number, fault: string, cause?: unknown): never => {
    throw new DsyncError(code, `${source}:${line}: ${fault}`, {
      cause,
      ...(cure === undefined ? {} : { cure: cure(line) }),
    });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail(lineOfJsonFault(text, messageOf(error)), `this is not JSON: ${messageOf(error)}`, error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : (issue?.path ?? []);
  const where = place.length === 0 ? '' : `${place.join('.')}: `;
  return fail(lineOfValue(text, place), `${where}${issue?.message ?? 'not what is expected here'}`, parsed.error);
}

/** A file's text, or undefined where there is none. */
export function readTextFile(path: AbsPath, code: FaultCode): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new DsyncError(code, `Could not read ${path}: ${messageOf(error)}`, {
      cause: error,
      cure: `Make ${path} readable for this user.`,
    });
  }
}
