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

/**
 * @returns tokens of the whole records, and whether the content ends with anything else. Within it there may be something
 * else: a file that is being written comes as it is at a moment, and somebody may append to that.
 */
export function parseSaves(content: string): { readonly tokens: readonly Token[]; readonly torn: boolean } {
  const tokens: Token[] = [];
  let torn = content.length === 0;
  for (let at = 0; at < content.length; ) {
    const record = recordAt(content, at);
    if (record === undefined) {
      torn = true;
      const next = content.indexOf('save ', at + 1);
      at = next < 0 ? content.length : next;
    } else {
      tokens.push(record.token);
      torn = false;
      at = record.endAt;
    }
  }
  return { tokens, torn };
}

function recordAt(content: string, at: number): { readonly token: Token; readonly endAt: number } | undefined {
  const header = /save (\S+) (\d+)\n/y;
  header.lastIndex = at;
  const [whole, token, fill] = header.exec(content) ?? [];
  if (whole === undefined || token === undefined) return undefined;
  const end = `\nend ${token}\n`;
  const endAt = at + whole.length + Number(fill);
  return content.startsWith(end, endAt) ? { token, endAt: endAt + end.length } : undefined;
}
