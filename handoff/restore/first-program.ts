import { parseWords } from '../../platform/shell-words.ts';
import { withoutWrappers } from '../capture/kind.ts';

/** Undefined for a line whose first word is none: `( … )`, `for …`, `cd x && …`. */
export function firstProgram(line: string): string | undefined {
  const words = parseWords(line.split('\n')[0] ?? '');
  const first = words.kind === 'words' ? withoutWrappers(words.words)[0] : undefined;
  if (first === undefined || !/^[\w./@+-]+$/.test(first)) return undefined;
  return /^(?:cd|pushd|source|\.|exec|command|time|for|while|until|if|case|set|export|eval|builtin)$/.test(first)
    ? undefined
    : first;
}
