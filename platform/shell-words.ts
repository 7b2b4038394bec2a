/**
 * Words of a line, quoted as in a shell: '…' as it stands, "…" with \" and \\, a backslash before any one character.
 * Nothing expands. A `#` at the start of a word begins a comment.
 *
 * @module
 */

export type ShellWords =
  | { readonly kind: 'words'; readonly words: readonly string[]; readonly comment: string | undefined }
  | { readonly kind: 'fault'; readonly fault: string };

/** @returns `comment` from its `#` on */
export function parseWords(line: string): ShellWords {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    const next = line.charAt(at + 1);
    if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else if (quote === '"' && char === '\\' && (next === '"' || next === '\\')) {
        word += next;
        at++;
      } else word += char;
    } else if (char === ' ' || char === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === '#' && word === undefined) {
      return { kind: 'words', words, comment: line.slice(at) };
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (char === '\\') {
      if (next === '') return { kind: 'fault', fault: 'a backslash stands at the end of the line' };
      word = (word ?? '') + next;
      at++;
    } else word = (word ?? '') + char;
  }
  if (quote !== undefined) return { kind: 'fault', fault: `a quote ${quote} is not closed` };
  if (word !== undefined) words.push(word);
  return { kind: 'words', words, comment: undefined };
}

/** One word such that {@link parseWords} reads it back; for text without line breaks. */
export function formatWord(text: string): string {
  if (/^[^\s'"\\#][^\s'"\\]*$/.test(text)) return text;
  return text.includes("'") ? `"${text.replace(/["\\]/g, '\\$&')}"` : `'${text}'`;
}
