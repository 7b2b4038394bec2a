/**
 * Options and environments as tmux prints them. Pure.
 *
 * @module
 */

/** Of this host, or kept by dsync itself: they stay behind. */
const STAY = /^(@dsync|default-shell$|default-command$|lock-command$|update-environment|status-format)/;

/**
 * `name value`, one a line, the value as tmux would read it back.
 *
 * Source: tmux 3.3a, arguments.c, args_escape: '…' as it stands, "…" with escapes of vis(3), a lone \c, or plain.
 */
export function parseOptions(text: string): Record<string, string> {
  const options: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, name, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined && !STAY.test(name)) options[name] = unquote(value);
  }
  return options;
}

/** `NAME=value` lines; `-NAME` is one that was taken away. A line of another form goes on with the value before. */
export function parseEnvironment(text: string): Record<string, string> {
  const env: Record<string, string> = {};
  let last: string | undefined;
  for (const line of text.split('\n')) {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) {
      env[name] = value;
      last = name;
    } else if (/^-[A-Za-z_]\w*$/.test(line)) last = undefined;
    else if (last !== undefined && line !== '') env[last] += `\n${line}`;
  }
  return env;
}

function unquote(value: string): string {
  const [, single] = /^'(.*)'$/.exec(value) ?? [];
  if (single !== undefined) return unvis(single);
  const [, double] = /^"(.*)"$/.exec(value) ?? [];
  return unvis(double ?? value);
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  a: '\x07',
  v: '\v',
  f: '\f',
  s: ' ',
  0: '\0',
};

function unvis(text: string): string {
  return text.replace(/\\([0-7]{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (ESCAPES[code] ?? code),
  );
}
