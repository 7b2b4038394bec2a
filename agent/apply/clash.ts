/**
 * Names that one filesystem takes for the same.
 *
 * @module
 */
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AbsPath } from '../../platform/abs-path.ts';
import { nameOf, type RelPath } from '../core/rel-path.ts';
import { type ProblemOutcome, problem } from './problem.ts';

/** For a path that is taken though nothing should be there: undefined if it is taken under its very name. */
export function nameClash(path: RelPath, at: AbsPath): ProblemOutcome | undefined {
  const name = nameOf(path);
  const names = namesIn(dirname(at));
  if (names.includes(name)) return undefined;
  const composed = names.find((other) => other.normalize('NFC') === name.normalize('NFC'));
  if (composed !== undefined) return problem('UNICODE_CLASH', `“${composed}” here differs in Unicode composition only`);
  const folded = names.find((other) => fold(other) === fold(name));
  return folded === undefined
    ? undefined
    : problem('CASE_CLASH', `“${folded}” here differs in upper and lower case only`);
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
