/**
 * Who listens on which TCP port of this machine.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { parseLsof, parseProcNetTcp } from './parse-listeners.ts';

/** Ports on which these processes listen, the lowest first. */
export function portsOf(pids: readonly number[]): number[] {
  const ports =
    process.platform === 'linux'
      ? pids.flatMap((pid) => socketsOf(pid)).flatMap((inode) => portByInode().get(inode) ?? [])
      : lsof(['-a', '-p', pids.join(',')]).map(({ port }) => port);
  return [...new Set(ports)].sort((a, b) => a - b);
}

/** All of these processes' ports at once: the system is asked one time. */
export function portsOfEach(groups: readonly (readonly number[])[]): number[][] {
  if (process.platform !== 'linux') return groups.map((pids) => (pids.length === 0 ? [] : portsOf(pids)));
  const ports = portByInode();
  return groups.map((pids) => {
    const own = pids.flatMap((pid) => socketsOf(pid)).flatMap((inode) => ports.get(inode) ?? []);
    return [...new Set(own)].sort((a, b) => a - b);
  });
}

/** The process that listens there, as far as this user can see; undefined where nobody is seen. */
export function pidOnPort(port: number): number | undefined {
  if (process.platform !== 'linux') return lsof([]).find((one) => one.port === port)?.pid;
  const inodes = new Set([...portByInode()].flatMap(([inode, one]) => (one === port ? [inode] : [])));
  if (inodes.size === 0) return undefined;
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return pids.find((pid) => socketsOf(pid).some((inode) => inodes.has(inode)));
}

/** Nobody listens there, on any address of this machine. */
export async function isFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '0.0.0.0', '::1', '::']) if (!(await canListen(port, host))) return false;
  return true;
}

/** The first free port from here on. */
export async function nextFreePort(port: number): Promise<number> {
  let next = port;
  while (next < 65_535 && !(await isFree(next))) next++;
  return next;
}

/** An address that this machine has not counts as free. */
function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code !== 'EADDRINUSE' && error.code !== 'EACCES'),
    );
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function portByInode(): ReadonlyMap<string, number> {
  const texts = ['/proc/net/tcp', '/proc/net/tcp6'].map(readText);
  return new Map(texts.flatMap(parseProcNetTcp).map(({ inode, port }) => [inode, port]));
}

function socketsOf(pid: number): string[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).flatMap((fd) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readLink(`${folder}/${fd}`)) ?? [];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    return [];
  }
}

function lsof(args: readonly string[]): { readonly port: number; readonly pid: number }[] {
  try {
    return parseLsof(
      execFileSync('lsof', ['-nP', '-iTCP', '-sTCP:LISTEN', '-Fpn', ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
