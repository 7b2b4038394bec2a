/**
 * Syncthing's `.stignore` in gitignore's form.
 *
 * In Syncthing the first pattern that matches decides, in gitignore the last: the order turns round. There a pattern
 * also covers what is below it, so that `!/a/b` re-includes below an ignored `a`; gitignore needs the way there
 * re-included step by step.
 * Source: docs.syncthing.net/users/ignoring.html, as of Syncthing 2.1.
 *
 * @module
 */
import type { IgnoreFault, IgnoreLine } from './ignore-files.ts';

/** More alternatives than this in one line are refused: they multiply. */
const MAX_ALTERNATIVES = 256;

export function translateStignore(raw: readonly string[]): { lines: IgnoreLine[]; faults: IgnoreFault[] } {
  const lines: IgnoreLine[] = [];
  const faults: IgnoreFault[] = [];
  for (const [at, origin] of raw.entries()) {
    const text = origin.trim();
    if (text === '' || text.startsWith('//')) continue;
    if (text.startsWith('#')) {
      faults.push({ line: at + 1, text: origin, reason: `${text.split(/[\s=]/)[0] ?? '#'} is not supported` });
      continue;
    }
    const { negated, anyCase, body } = takePrefixes(text);
    const alternatives = body === '' ? [] : expandBraces(body);
    if (alternatives === undefined || alternatives.length > MAX_ALTERNATIVES) {
      faults.push({ line: at + 1, text: origin, reason: 'too many alternatives in braces' });
      continue;
    }
    for (const alternative of alternatives) {
      const pattern = anchor(anyCase ? foldCase(alternative) : alternative);
      const patterns = negated ? reinclude(pattern) : [pattern];
      // The whole list turns round below; what one line gives keeps its order.
      for (const one of patterns.reverse()) lines.push({ pattern: one, origin });
    }
  }
  return { lines: lines.reverse(), faults };
}

/** `(?d)` allows a deletion that we never do anyway. */
function takePrefixes(text: string): { negated: boolean; anyCase: boolean; body: string } {
  let negated = false;
  let anyCase = false;
  let body = text;
  for (;;) {
    if (body.startsWith('!') && !negated) {
      negated = true;
      body = body.slice(1);
    } else if (body.startsWith('(?i)')) {
      anyCase = true;
      body = body.slice(4);
    } else if (body.startsWith('(?d)')) {
      body = body.slice(4);
    } else {
      return { negated, anyCase, body: body.trim() };
    }
  }
}

/** A trailing slash means what is in the folder, not the folder. */
function anchor(pattern: string): string {
  const body = pattern.endsWith('/') ? `${pattern}**` : pattern;
  return body.startsWith('/') || body.startsWith('**/') ? body : `**/${body}`;
}

function reinclude(pattern: string): string[] {
  const below = pattern.endsWith('/**') ? [] : [`!${pattern}/**`];
  const steps: string[] = [];
  if (pattern.startsWith('/')) {
    for (let slash = pattern.indexOf('/', 1); slash > 0; slash = pattern.indexOf('/', slash + 1)) {
      steps.push(`!${pattern.slice(0, slash)}/`);
    }
  }
  return [...steps, `!${pattern}`, ...below];
}

/** `a{b,c}d` gives `abd` and `acd`; undefined where they grow too many. */
function expandBraces(pattern: string): string[] | undefined {
  const match = /^(.*?[^\\]|)\{([^{}]*)\}(.*)$/s.exec(pattern);
  const [, before, inner, after] = match ?? [];
  if (before === undefined || inner === undefined || after === undefined) return [pattern];
  const results: string[] = [];
  for (const part of inner.split(',')) {
    const expanded = expandBraces(`${before}${part}${after}`);
    if (expanded === undefined) return undefined;
    results.push(...expanded);
    if (results.length > MAX_ALTERNATIVES) return undefined;
  }
  return results;
}

/** gitignore knows no case folding: every letter outside brackets becomes a bracket of both. */
function foldCase(pattern: string): string {
  return pattern.replace(/\[[^\]]*\]|\\.|\p{L}/gsu, (piece) => {
    const lower = piece.toLowerCase();
    const upper = piece.toUpperCase();
    if (piece.length > 1 || lower === upper || lower.length !== 1 || upper.length !== 1) return piece;
    return `[${lower}${upper}]`;
  });
}
