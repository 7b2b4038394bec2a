/**
 * Where in a JSON text something stands, so that an error can name the line.
 *
 * @module
 */

/** The line, from 1, of the value at `path`; of the innermost value on the way there if the path ends early. */
export function lineOfValue(text: string, path: readonly PropertyKey[]): number {
  const scan = createScanner(text);
  for (const key of path) if (!scan.enter(key)) break;
  return lineAt(text, scan.offset());
}

/**
 * The line of a fault that JSON.parse reported.
 *
 * Source: V8 says “at position N”, or nothing of the sort where the text ended too early.
 */
export function lineOfJsonFault(text: string, message: string): number {
  const [, position] = /position (\d+)/.exec(message) ?? [];
  return lineAt(text, position === undefined ? text.trimEnd().length : Number(position));
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** Walks valid JSON; its offset is that of the value it stands at. */
function createScanner(text: string) {
  const STRING = /"(?:[^"\\]|\\.)*"/y;
  let at = 0;
  blank();

  function blank(): void {
    while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++;
  }

  function string(): string {
    STRING.lastIndex = at;
    const [quoted = '""'] = STRING.exec(text) ?? [];
    at += quoted.length;
    blank();
    const value: unknown = JSON.parse(quoted);
    return String(value);
  }

  /** Goes past the value, whatever it is. */
  function skip(): void {
    let depth = 0;
    do {
      const char = text.charAt(at);
      if (char === '"') string();
      else {
        if (char === '{' || char === '[') depth++;
        if (char === '}' || char === ']') depth--;
        at++;
      }
    } while (at < text.length && (depth > 0 || !',]}'.includes(text.charAt(at))));
  }

  function enter(key: PropertyKey): boolean {
    const start = at;
    const open = text.charAt(at);
    if (open !== '{' && open !== '[') return false;
    at++;
    blank();
    for (let i = 0; at < text.length && !']}'.includes(text.charAt(at)); i++) {
      let name: PropertyKey = i;
      if (open === '{') {
        name = string();
        at++;
        blank();
      }
      if (name === key) return true;
      skip();
      blank();
      if (text.charAt(at) === ',') at++;
      blank();
    }
    at = start;
    return false;
  }

  return { enter, offset: () => at };
}
