/**
 * rsync's exclude files in gitignore's form.
 *
 * In rsync the first rule that matches decides, in gitignore the last: the order turns round. A pattern with an inner
 * slash floats in rsync and is anchored in gitignore.
 * Source: rsync(1) 3.2, “FILTER RULES” and “PATTERN MATCHING RULES”.
 *
 * @module
 */
import type { IgnoreFault, IgnoreLine } from './ignore-files.ts';

export function translateRsyncExclude(raw: readonly string[]): { lines: IgnoreLine[]; faults: IgnoreFault[] } {
  let lines: IgnoreLine[] = [];
  const faults: IgnoreFault[] = [];
  for (const [at, text] of raw.entries()) {
    if (text.trim() === '' || /^[#;]/.test(text)) continue;
    if (text === '!') {
      // rsync: “clears the current filter list”.
      lines = [];
      continue;
    }
    const rule = /^(?<sign>[-+]|exclude|include) (?<pattern>.+)$/.exec(text)?.groups;
    const other =
      rule === undefined &&
      /^([-+:.HSPR][,!/CsrpxenwF]*|merge|dir-merge|hide|show|protect|risk|clear)([ _].*)?$/.test(text);
    if (other) {
      faults.push({ line: at + 1, text, reason: 'only plain excludes and includes are supported' });
      continue;
    }
    const include = rule?.sign === '+' || rule?.sign === 'include';
    lines.push({ pattern: `${include ? '!' : ''}${floatPattern(rule?.pattern ?? text)}`, origin: text });
  }
  return { lines: lines.reverse(), faults };
}

function floatPattern(pattern: string): string {
  const body = pattern.replace(/\/\*\*\*$/, '/');
  if (body.startsWith('/') || !body.slice(0, -1).includes('/')) return body.replace(/^[!#]/, '\\$&');
  return body.startsWith('**/') ? body : `**/${body}`;
}
