import { command, type Finding, runnerScore } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

/** Source: GNU make, “What Name to Give Your Makefile”. */
const FILES = ['GNUmakefile', 'makefile', 'Makefile'];

/** make: its targets, read as text. Make itself would run `$(shell …)` to list them. */
export function detectMake(files: ProjectFiles): Finding | undefined {
  const marker = FILES.find((name) => files.has(name));
  if (marker === undefined) return undefined;
  const commands = parseMakeTargets(files.text(marker) ?? '').map(({ name, about }) =>
    command(name, ['make', name], `${marker}#${name}`, { score: runnerScore(name), why: about }),
  );
  return { kind: 'make', marker, isRunner: true, commands };
}

/** Pure: targets that a person calls, in order; no patterns, no hidden ones, no files with a path. */
export function parseMakeTargets(text: string): { readonly name: string; readonly about: string }[] {
  const aboutByName = new Map<string, string>();
  let above = '';
  let isDefine = false;
  for (const line of text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    if (/^\s*define\b/.test(line)) isDefine = true;
    if (/^\s*endef\b/.test(line)) isDefine = false;
    const [, names, rest = ''] = isDefine ? [] : (/^([A-Za-z0-9][\w .@+-]*?)\s*::?(?!=)(.*)$/.exec(line) ?? []);
    // A name with a value, `a: b = c`, sets a variable.
    const isVariable = /^[^#]*?[:?+!]?=/.test(rest);
    if (names !== undefined && !isVariable) {
      const [, inline] = /##\s*(.*)$/.exec(rest) ?? [];
      for (const name of names.split(/\s+/)) {
        if (!aboutByName.has(name) && !isFile(name)) aboutByName.set(name, (inline ?? above).trim());
      }
    }
    const [, comment] = /^##\s*(.*)$/.exec(line) ?? [];
    above = comment ?? '';
  }
  return [...aboutByName].map(([name, about]) => ({ name, about }));
}

function isFile(name: string): boolean {
  return /\.(o|a|so|c|h|cc|cpp|js|css|pdf|html|txt|md|json|exe)$/.test(name) || name === 'Makefile';
}
