/**
 * Who listens where, of this user's processes.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Listener {
  readonly pid: number;
  readonly port: number;
  readonly address: string;
}

interface Socket {
  readonly inode: string;
  readonly port: number;
  readonly address: string;
}

/** @param pids that may be asked; of others nothing is known */
export function readListeners(pids: Iterable<number>): Listener[] {
  if (process.platform !== 'linux') return lsofListeners();
  const sockets = new Map(
    ['tcp', 'tcp6'].flatMap((name) => parseSockets(readText(`/proc/net/${name}`))).map((one) => [one.inode, one]),
  );
  if (sockets.size === 0) return [];
  const found: Listener[] = [];
  for (const pid of pids) {
    const own = new Set(socketsOf(pid));
    for (const inode of own) {
      const socket = sockets.get(inode);
      if (socket !== undefined) found.push({ pid, port: socket.port, address: socket.address });
    }
  }
  return found;
}

/**
 * Pure.
 *
 * Source: proc(5): state 0A is LISTEN. An address is hexadecimal, each four bytes in the order of the machine.
 */
export function parseSockets(text: string): Socket[] {
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    const number = Number.parseInt(port, 16);
    return state === '0A' && number > 0 ? [{ inode, port: number, address: addressOf(address) }] : [];
  });
}

/** Little endian, as all that dsync runs on are. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const text = bytes.join('').toLowerCase();
  if (/^0{32}$/.test(text)) return '::';
  if (/^0{31}1$/.test(text)) return '::1';
  const [, v4] = /^0{20}ffff(.{8})$/.exec(text) ?? [];
  if (v4 !== undefined) return (v4.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.');
  return (text.match(/.{4}/g) ?? []).join(':');
}

function socketsOf(pid: number): string[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).flatMap((fd) => {
      try {
        const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${fd}`)) ?? [];
        return inode === undefined ? [] : [inode];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

function lsofListeners(): Listener[] {
  try {
    return parseLsof(
      execFileSync('lsof', ['-nP', '-iTCP', '-sTCP:LISTEN', '-Fpn'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
  } catch {
    return [];
  }
}

/** Pure. Source: lsof(8), OUTPUT FOR OTHER PROGRAMS: a line `p<pid>`, then one `n<address>` for each socket. */
export function parseLsof(text: string): Listener[] {
  const found: Listener[] = [];
  let pid = 0;
  for (const line of text.split('\n')) {
    if (line.startsWith('p')) pid = Number(line.slice(1));
    const [, host, port] = /^n(.*):(\d+)$/.exec(line) ?? [];
    if (port !== undefined && pid > 0)
      found.push({ pid, port: Number(port), address: host === '*' ? '0.0.0.0' : (host ?? '').replace(/^\[|\]$/g, '') });
  }
  return found;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
