/**
 * One line of ours in a file of the user's, found again by how it ends. Pure.
 *
 * @module
 */

/** Ends every line that setup adds to a file that is not its own. */
export const MARK = '# dsync setup';

/** With `line` as the one marked line: where one stood before, else at the end. */
export function withMarkedLine(text: string | undefined, line: string, { mark = MARK } = {}): string {
  const lines = (text ?? '').split('\n');
  const isMarked = (one: string): boolean => one.trimEnd().endsWith(mark);
  const first = lines.findIndex(isMarked);
  if (first >= 0) return lines.flatMap((one, i) => (i === first ? [line] : isMarked(one) ? [] : [one])).join('\n');
  if (text === undefined || text === '') return `${line}\n`;
  // Such that taking the line out leaves the very text that was there.
  return text.endsWith('\n') ? `${text}${line}\n` : `${text}\n${line}`;
}

/** Without any marked line; all else as it was. */
export function withoutMarkedLine(text: string | undefined, { mark = MARK } = {}): string | undefined {
  if (text === undefined || !text.includes(mark)) return text;
  return text
    .split('\n')
    .filter((line) => !line.trimEnd().endsWith(mark))
    .join('\n');
}
