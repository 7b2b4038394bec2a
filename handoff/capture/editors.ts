/**
 * Files that editors have open, and those with changes that are nowhere else yet.
 *
 * @module
 */
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { SnapshotEditor } from '../snapshot/schema.ts';
import { programName, withoutWrappers } from './kind.ts';
import type { ProcessTable } from './process-table.ts';

export interface OpenFiles {
  readonly app: SnapshotEditor['app'];
  readonly files: readonly { readonly path: string; readonly line: number | null }[];
  readonly unsaved: readonly string[];
}

const APPS: Readonly<Record<string, SnapshotEditor['app']>> = {
  vi: 'vim',
  vim: 'vim',
  view: 'vim',
  vimdiff: 'vim',
  gvim: 'vim',
  nvim: 'nvim',
  hx: 'helix',
  helix: 'helix',
  emacs: 'emacs',
  emacsclient: 'emacs',
  mg: 'emacs',
  nano: 'nano',
  pico: 'nano',
  code: 'vscode',
};

/** Of the editor that runs there, and what it started. */
export function openFiles(
  table: ProcessTable,
  pid: number,
  { cwd, home, user }: { cwd: string; home: string; user: string },
): OpenFiles {
  const argv = withoutWrappers(table.argvOf(pid).argv);
  const app = APPS[programName(argv[0] ?? '').replace(/^vim\..*$/, 'vim')] ?? 'other';
  const named = argvFiles(argv, cwd);
  const swaps = app === 'vim' || app === 'nvim' ? swapFiles(table, pid, { home, user }) : [];
  const locks =
    app === 'emacs'
      ? emacsLocks(
          named.map(({ path }) => path),
          cwd,
          table.treeOf(pid).map((one) => one.pid),
        )
      : [];
  const unsaved = [...swaps.filter(({ isDirty }) => isDirty).map(({ path }) => path), ...locks];
  const known = new Set(named.map(({ path }) => path));
  const more = [...swaps.map(({ path }) => path), ...locks].filter((path) => !known.has(path));
  return {
    app,
    files: [...named, ...[...new Set(more)].map((path) => ({ path, line: null }))],
    unsaved: [...new Set(unsaved)],
  };
}

/** Pure. Files among its arguments, with the line of a `+12` before or a `:12` behind. */
export function argvFiles(argv: readonly string[], cwd: string): { path: string; line: number | null }[] {
  const files: { path: string; line: number | null }[] = [];
  let line: number | null = null;
  let isFile = false;
  const valued = new Set([
    '-c',
    '--cmd',
    '-S',
    '-s',
    '-u',
    '-U',
    '-i',
    '-T',
    '-w',
    '-W',
    '-t',
    '--listen',
    '--server',
    '-L',
    '--eval',
    '-f',
    '-l',
  ]);
  for (let i = 1; i < argv.length; i++) {
    const arg = argv[i] ?? '';
    const [, number] = /^\+(\d+)(?:[,:]\d+)?$/.exec(arg) ?? [];
    if (!isFile && arg === '--') isFile = true;
    else if (!isFile && number !== undefined) line = Number(number);
    else if (!isFile && valued.has(arg)) i++;
    else if (isFile || !/^[-+]/.test(arg)) {
      if (arg === '' || arg === '-') continue;
      const [, plain = arg, at] = /^(.+?):(\d+)(?::\d+)?$/.exec(arg) ?? [];
      const isPlaced = at !== undefined && /^(?:hx|helix|code|micro)$/.test(programName(argv[0] ?? ''));
      files.push({ path: resolve(cwd, isPlaced ? plain : arg), line: isPlaced ? Number(at) : line });
      line = null;
    }
  }
  return files;
}

interface Swap {
  readonly path: string;
  readonly isDirty: boolean;
}

function swapFiles(table: ProcessTable, pid: number, owner: { home: string; user: string }): Swap[] {
  const found = table.treeOf(pid).flatMap((one) => swapsHeldBy(one.pid));
  return found.flatMap((path) => {
    const swap = parseSwap(readHead(path), owner);
    if (swap === undefined) return [];
    return [{ ...swap, path: swap.path === '' ? fileOfSwap(path) : swap.path }];
  });
}

function swapsHeldBy(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        const path = readlinkSync(`/proc/${pid}/fd/${fd}`);
        return /\.sw[a-p]$/.test(path) ? [path] : [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/**
 * Pure. Undefined for no swap file of Vim; an empty path where it names none.
 *
 * Source: vim 9, memline.c, struct block0: id `b0`, the file's name in 900 bytes from 108 on, whose last but one holds
 * flags and whose last is 0x55 while there are changes; the home as `~` or `~user`.
 */
export function parseSwap(head: Uint8Array, { home, user }: { home: string; user: string }): Swap | undefined {
  if (head.length < 1008 || head[0] !== 0x62 || head[1] !== 0x30) return undefined;
  const end = head.indexOf(0, 108);
  const name = Buffer.from(head.subarray(108, Math.min(end < 0 ? 1006 : end, 1006))).toString('utf8');
  const path = name.replace(new RegExp(`^~(?:${user.replace(/\W/g, '\\$&')})?(?=/)`), home);
  return { path: path.startsWith('/') ? path : '', isDirty: head[1007] === 0x55 };
}

function fileOfSwap(path: string): string {
  const name = basename(path)
    .replace(/^\./, '')
    .replace(/\.sw[a-p]$/, '');
  return name.includes('%') ? name.replaceAll('%', '/') : `${dirname(path)}/${name}`;
}

/** Emacs marks a changed file by a symlink beside it that leads nowhere: `.#name` to `user@host.pid:boot`. */
function emacsLocks(files: readonly string[], cwd: string, pids: readonly number[]): string[] {
  const folders = new Set([cwd, ...files.map((path) => dirname(path))]);
  return [...folders].flatMap((folder) => {
    try {
      return readdirSync(folder).flatMap((name) => {
        if (!name.startsWith('.#') || !lstatSync(`${folder}/${name}`).isSymbolicLink()) return [];
        const [, pid] = /@.*\.(\d+)(?::\d+)?$/.exec(readlinkSync(`${folder}/${name}`)) ?? [];
        return pids.includes(Number(pid)) ? [`${folder}/${name.slice(2)}`] : [];
      });
    } catch {
      return [];
    }
  });
}

function readHead(path: string): Uint8Array {
  const head = Buffer.alloc(1024);
  try {
    const fd = openSync(path, 'r');
    try {
      return head.subarray(0, readSync(fd, head, 0, head.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return head.subarray(0, 0);
  }
}
