import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** An absolute, normalised path on this host. */
export type AbsPath = string & { readonly __brand: 'AbsPath' };

/** `~` and `~/…` are this user's home; anything else is taken from `from`. */
export function absPath(text: string, { from = process.cwd(), home = userHome() } = {}): AbsPath {
  if (text === '~') return resolve(home) as AbsPath;
  if (text.startsWith('~/')) return resolve(home, text.slice(2)) as AbsPath;
  return resolve(isAbsolute(text) ? text : join(from, text)) as AbsPath;
}

/** `below` is never normalised away: the parts are names, or a RelPath. */
export function childPath(folder: AbsPath, below: string): AbsPath {
  return (folder === '/' ? `/${below}` : `${folder}/${below}`) as AbsPath;
}

/** With the home written as `~`, the form that is right on every host. */
export function tildePath(path: string, home: string = userHome()): string {
  if (path === home) return '~';
  return path.startsWith(`${home}/`) ? `~/${path.slice(home.length + 1)}` : path;
}

export function userHome(): string {
  return process.env.HOME || homedir();
}
