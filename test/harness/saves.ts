/**
 * What a save looks like in a file: a record with a unique token that can be told whole from torn. A file holds one
 * record, or several where saves were appended.
 *
 * @module
 */

/** Unique in a run: `<host>-<number>`. */
export type Token = string;

export function formatSave(token: Token, fillBytes: number): string {
  return `save ${token} ${fillBytes}\n${'.'.repeat(fillBytes)}\nend ${token}\n`;
}

/** @returns tokens of the whole records, and whether anything else is in the content */
export function parseSaves(content: string): { readonly tokens: readonly Token[]; readonly torn: boolean } {
  const tokens: Token[] = [];
  const header = /save (\S+) (\d+)\n/y;
  for (let at = 0; at < content.length; ) {
    header.lastIndex = at;
    const [whole, token, fill] = header.exec(content) ?? [];
    if (whole === undefined || token === undefined) return { tokens, torn: true };
    const end = `\nend ${token}\n`;
    const endAt = at + whole.length + Number(fill);
    if (!content.startsWith(end, endAt)) return { tokens, torn: true };
    tokens.push(token);
    at = endAt + end.length;
  }
  return { tokens, torn: content.length === 0 };
}
