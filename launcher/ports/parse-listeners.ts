/**
 * Listening sockets, out of what the system prints. Pure.
 *
 * @module
 */

export interface ListeningSocket {
  readonly port: number;
  /** Joins it to the process that holds it. */
  readonly inode: string;
}

/** Source: proc(5), /proc/net/tcp and tcp6: state 0A is LISTEN; addresses and ports are hexadecimal. */
export function parseProcNetTcp(text: string): ListeningSocket[] {
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const port = Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16);
    return state === '0A' && port > 0 ? [{ port, inode }] : [];
  });
}

/** Source: lsof(8), OUTPUT FOR OTHER PROGRAMS, with `-Fpn`: a line `p<pid>`, then one `n<address>` for each socket. */
export function parseLsof(text: string): { readonly port: number; readonly pid: number }[] {
  const found: { port: number; pid: number }[] = [];
  let pid = 0;
  for (const line of text.split('\n')) {
    if (line.startsWith('p')) pid = Number(line.slice(1));
    const [, port] = /^n.*:(\d+)$/.exec(line) ?? [];
    if (port !== undefined && pid > 0) found.push({ port: Number(port), pid });
  }
  return found;
}
