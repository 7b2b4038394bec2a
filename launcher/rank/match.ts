/**
 * How well a project answers to what was typed: quality of the match first, use second.
 *
 * @module
 */

/** The better, the larger; 0 is no match. */
export type Tier = 0 | 1 | 2 | 3 | 4 | 5 | 6;

export interface Named {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly tags: readonly string[];
  /** Whatever else may be typed: a path, the parent's name. */
  readonly path: string;
}

/**
 * 6 the exact name, 5 an alias, 4 the start of one of its words, 3 initials, 2 a part of name, tag or path, 1 its letters
 * in order. Several words in the query must all match, and the worst of them counts. Without a query all match alike.
 */
export function matchTier(query: string, project: Named): Tier {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return words.reduce<Tier>((worst, word) => lesser(worst, wordTier(word, project)), 6);
}

function wordTier(word: string, { name, aliases, tags, path }: Named): Tier {
  const lower = name.toLowerCase();
  if (lower === word) return 6;
  if (aliases.some((alias) => alias.toLowerCase() === word)) return 5;
  // What follows looks for some of its letters in order; a name that has not even those needs no closer look.
  const isSpread = isSubsequence(word, lower);
  if (isSpread) {
    const segments = segmentsOf(name);
    if (lower.startsWith(word) || segments.some((segment) => segment.startsWith(word))) return 4;
    if (
      segments.length > 1 &&
      segments
        .map(([first = '']) => first)
        .join('')
        .startsWith(word)
    )
      return 3;
    if (lower.includes(word)) return 2;
  }
  if (path.toLowerCase().includes(word) || tags.some((tag) => tag.toLowerCase().includes(word))) return 2;
  return isSpread ? 1 : 0;
}

/** `myWeb-app` is `my`, `web`, `app`. */
function segmentsOf(name: string): string[] {
  return name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

function isSubsequence(word: string, text: string): boolean {
  let at = 0;
  for (const char of text) if (char === word.charAt(at)) at++;
  return at >= word.length;
}

function lesser(a: Tier, b: Tier): Tier {
  return a < b ? a : b;
}
