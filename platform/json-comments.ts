/**
 * JSON as editors write it: with comments, and a comma after the last item.
 *
 * @module
 */

/** Blanks where comments and such commas were, so that offsets and lines stay. */
export function stripJsonComments(text: string): string {
  const blank = (part: string): string => part.replace(/[^\n]/g, ' ');
  const uncommented = text.replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (part) =>
    part.startsWith('"') ? part : blank(part),
  );
  return uncommented.replace(/"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g, (part) => (part === ',' ? ' ' : part));
}
