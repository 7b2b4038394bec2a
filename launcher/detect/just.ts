import { command, type Finding, runnerScore } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

/** just: its recipes, read as text. just itself would run backticks to list them. */
export function detectJust(files: ProjectFiles): Finding | undefined {
  const marker = ['justfile', 'Justfile', '.justfile'].find((name) => files.has(name));
  if (marker === undefined) return undefined;
  const commands = parseJustRecipes(files.text(marker) ?? '').map(({ name, about }) =>
    command(name, ['just', name], `${marker}#${name}`, { score: runnerScore(name), why: about }),
  );
  return { kind: 'just', marker, isRunner: true, commands };
}

/** Pure: public recipes that want no argument. */
export function parseJustRecipes(text: string): { readonly name: string; readonly about: string }[] {
  const recipes: { name: string; about: string }[] = [];
  let about = '';
  let isPrivate = false;
  for (const line of text.split(/\r?\n/)) {
    const [, comment] = /^#\s?(.*)$/.exec(line) ?? [];
    if (comment !== undefined) {
      about = comment.trim();
      continue;
    }
    if (/^\[.*\]\s*$/.test(line)) {
      isPrivate ||= /\bprivate\b/.test(line);
      continue;
    }
    const [, name, parameters = ''] = /^@?([A-Za-z][\w-]*)((?:\s+[^:=]*(?:=[^:]*)?)?)\s*:(?!=)/.exec(line) ?? [];
    // A parameter without a default has to be given; `*` takes none as well.
    const wants = parameters.split(/\s+/).some((word) => word !== '' && !word.includes('=') && !word.startsWith('*'));
    if (name !== undefined && !isPrivate && !wants) recipes.push({ name, about });
    if (line.trim() !== '') {
      about = '';
      isPrivate = false;
    }
  }
  return recipes;
}
