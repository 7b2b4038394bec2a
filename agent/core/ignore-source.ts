/**
 * One source of rules, compiled. Kept from one set of rules to the next: when one file of many changes, the others are
 * not compiled again.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import ignore, { type Ignore } from 'ignore';
import { type IgnoreFault, type IgnoreSource, ignoreLines } from './ignore-files.ts';
import { createIgnorePrefilter, type IgnorePrefilter } from './ignore-prefilter.ts';

export interface CompiledSource {
  /** Its rules, moved to the root. Never asked itself: it would remember every path. */
  readonly matcher: Ignore;
  readonly prefilter: IgnorePrefilter;
  readonly faults: readonly (IgnoreFault & { readonly source: string })[];
  /** Of all that the source is. */
  readonly digest: string;
}

const MAX_KEPT = 4_096;
const compiledByKey = new Map<string, CompiledSource>();

export function compileIgnoreSource(source: IgnoreSource): CompiledSource {
  const key = JSON.stringify([source.folder ?? '', source.name, source.text]);
  const known = compiledByKey.get(key);
  if (known !== undefined) return known;
  const label = source.folder === undefined ? source.name : `${source.folder}/${source.name}`;
  const { lines, faults } = ignoreLines(source);
  const compiled: CompiledSource = {
    matcher: emptyMatcher().add(lines.map(({ pattern, origin }) => ({ pattern, mark: toMark(label, origin) }))),
    prefilter: createIgnorePrefilter(lines.map(({ pattern }) => pattern)),
    faults: faults.map((fault) => ({ ...fault, source: label })),
    digest: createHash('sha256').update(key).digest('base64url'),
  };
  if (compiledByKey.size >= MAX_KEPT) compiledByKey.clear();
  compiledByKey.set(key, compiled);
  return compiled;
}

export function emptyMatcher(): Ignore {
  return ignore({ ignorecase: false });
}

/** The package hands a rule's mark back with the rule. */
function toMark(label: string, origin: string): string {
  return `${label}\0${origin}`;
}

export function parseMark(mark: string): { readonly source: string; readonly rule: string } {
  const at = mark.indexOf('\0');
  return { source: mark.slice(0, at), rule: mark.slice(at + 1) };
}
