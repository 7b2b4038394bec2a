/**
 * How a repository stands. Git is asked once, without its locks; the rest lies in small files.
 *
 * @module
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { normalizeRemote, remoteInConfig } from '../../launcher/core/git-remote.ts';
import { capture } from '../../platform/capture.ts';
import type { SnapshotGit } from '../snapshot/schema.ts';

export type GitState = Omit<SnapshotGit, 'root' | 'dir'>;

/** The working tree that holds this folder; undefined for none. */
export function workTreeOf(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(`${at}/.git`)) return at;
    if (at === dirname(at)) return undefined;
  }
}

/** Undefined where git is missing or refuses. */
export async function readGit(
  workTree: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<GitState | undefined> {
  const args = ['--no-optional-locks', '-C', workTree, 'status', '--porcelain=v2', '--branch', '-z'];
  const { code, stdout } = await capture('git', args, { signal });
  if (code !== 0) return undefined;
  const gitDir = gitDirOf(workTree);
  const common = commonDirOf(gitDir);
  return {
    ...parseStatus(stdout),
    op: operationIn(gitDir),
    stashes: parseStashLog(readText(`${common}/logs/refs/stash`)),
    remote: normalizedRemote(readText(`${common}/config`)),
  };
}

/** Pure. Source: git-status(1), “Porcelain Format Version 2”, with -z. */
export function parseStatus(
  text: string,
): Pick<GitState, 'head' | 'branch' | 'upstream' | 'ahead' | 'behind' | 'dirty'> {
  const state = { head: '', branch: null as string | null, upstream: null as string | null, ahead: 0, behind: 0 };
  const dirty = { staged: 0, unstaged: 0, untracked: 0 };
  const records = text.split('\0');
  for (let i = 0; i < records.length; i++) {
    const record = records[i] ?? '';
    const [, key, value = ''] = /^# branch\.(\S+) (.*)$/.exec(record) ?? [];
    if (key === 'oid') state.head = value === '(initial)' ? '' : value;
    else if (key === 'head') state.branch = value === '(detached)' ? null : value;
    else if (key === 'upstream') state.upstream = value;
    else if (key === 'ab') {
      const [, ahead, behind] = /^\+(\d+) -(\d+)$/.exec(value) ?? [];
      state.ahead = Number(ahead ?? 0);
      state.behind = Number(behind ?? 0);
    } else if (record.startsWith('?')) dirty.untracked++;
    else if (/^[12u] /.test(record)) {
      if (record[2] !== '.') dirty.staged++;
      if (record[3] !== '.') dirty.unstaged++;
      // A rename is followed by the name that it had.
      if (record.startsWith('2')) i++;
    }
  }
  return { ...state, dirty };
}

/** Pure. One line a stash, the youngest last: `OLD NEW who <mail> time zone\tmessage`. */
export function parseStashLog(text: string): GitState['stashes'] {
  const lines = text.split('\n').filter(Boolean).reverse();
  return lines.flatMap((line, i) => {
    const [, oid, message = ''] = /^[0-9a-f]+ ([0-9a-f]+) [^\t]*\t?(.*)$/.exec(line) ?? [];
    return oid === undefined ? [] : [{ ref: `stash@{${i}}`, oid, message }];
  });
}

function operationIn(gitDir: string): GitState['op'] {
  const has = (name: string): boolean => existsSync(`${gitDir}/${name}`);
  if (has('rebase-merge')) return 'rebase';
  if (has('rebase-apply')) return has('rebase-apply/applying') ? 'am' : 'rebase';
  if (has('MERGE_HEAD')) return 'merge';
  if (has('CHERRY_PICK_HEAD')) return 'cherry-pick';
  if (has('REVERT_HEAD')) return 'revert';
  return has('BISECT_LOG') ? 'bisect' : 'none';
}

/** In a worktree `.git` is a file that says where it lies. */
function gitDirOf(workTree: string): string {
  const path = `${workTree}/.git`;
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  const [, target = ''] = /^gitdir: (.*)$/m.exec(readText(path)) ?? [];
  return resolve(workTree, target);
}

function commonDirOf(gitDir: string): string {
  const common = readText(`${gitDir}/commondir`).trim();
  return common === '' ? gitDir : resolve(gitDir, common);
}

function normalizedRemote(config: string): string | null {
  const url = remoteInConfig(config);
  return url === undefined ? null : (normalizeRemote(url) ?? null);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
