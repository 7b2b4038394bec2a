/**
 * Which files hold ignore rules, and what each of them means as gitignore lines for the root.
 *
 * @module
 */
import { translateRsyncExclude } from './ignore-rsync.ts';
import { translateStignore } from './ignore-stignore.ts';
import { nameOf, type RelPath } from './rel-path.ts';

/** One text with rules. */
export interface IgnoreSource {
  /** Where the file lies; undefined is the root. */
  readonly folder: RelPath | undefined;
  /** `.dsyncignore`, `.gitignore`, `.stignore`, `.rsync-exclude`, `settings` or `defaults`. */
  readonly name: string;
  readonly text: string;
}

/** A line that says nothing to us. */
export interface IgnoreFault {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly reason: string;
}

/** One rule in gitignore's form, and the line it comes from, as it stands there. */
export interface IgnoreLine {
  readonly pattern: string;
  readonly origin: string;
}

/** The later of two beats the earlier, as within one file; a file further down in the tree beats all of these above it. */
const RANK = ['defaults', '.rsync-exclude', '.stignore', 'settings', '.gitignore', '.dsyncignore'];

/** True where a change of the file changes the rules. */
export function isIgnoreFile(path: RelPath, { gitignore = false } = {}): boolean {
  if (path === '.stignore' || path === '.rsync-exclude') return true;
  const name = nameOf(path);
  return name === '.dsyncignore' || (gitignore && name === '.gitignore');
}

/** Order of precedence, weakest first; alike for any order of discovery. */
export function compareIgnoreSources(a: IgnoreSource, b: IgnoreSource): number {
  return (
    depthOf(a) - depthOf(b) ||
    RANK.indexOf(a.name) - RANK.indexOf(b.name) ||
    compareText(a.folder ?? '', b.folder ?? '') ||
    compareText(a.name, b.name) ||
    compareText(a.text, b.text)
  );
}

/** The source's rules as gitignore lines that are right at the root, weakest first. */
export function ignoreLines(source: IgnoreSource): { readonly lines: IgnoreLine[]; readonly faults: IgnoreFault[] } {
  const raw = source.text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (source.name === '.stignore') return translateStignore(raw);
  if (source.name === '.rsync-exclude') return translateRsyncExclude(raw);
  const lines: IgnoreLine[] = [];
  for (const origin of raw) {
    const pattern = moveBelow(source.folder, origin);
    if (pattern !== undefined) lines.push({ pattern, origin });
  }
  return { lines, faults: [] };
}

/** A gitignore line of a file in `folder`, as it would stand at the root; undefined for a line without a rule. */
export function moveBelow(folder: RelPath | undefined, line: string): string | undefined {
  if (line.startsWith('#')) return undefined;
  const negated = line.startsWith('!');
  const body = trimSpaces(negated ? line.slice(1) : line);
  if (body === '' || body === '/') return undefined;
  if (folder === undefined) return line;
  const slash = body.indexOf('/');
  const between = slash === 0 ? '' : slash > 0 && slash < body.length - 1 ? '/' : '/**/';
  return `${negated ? '!' : ''}/${escapeGlob(folder)}${between}${body}`;
}

/** Makes every character stand for itself. */
export function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]!# ]/g, '\\$&');
}

/** Without the spaces at the end that gitignore disregards: those not behind a backslash. */
export function trimSpaces(body: string): string {
  const trimmed = body.replace(/ +$/, '');
  const backslashes = /\\*$/.exec(trimmed)?.[0].length ?? 0;
  return backslashes % 2 === 1 && trimmed.length < body.length ? `${trimmed} ` : trimmed;
}

function depthOf({ folder }: IgnoreSource): number {
  return folder === undefined ? 0 : folder.split('/').length;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
