/**
 * What is in the folder on the other side, by rsync's own listing.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { absPath, childPath } from '../../../platform/abs-path.ts';
import { DsyncError } from '../../../platform/failure.ts';
import { isIgnoreFile } from '../../core/ignore.ts';
import { joinName, parentsOf, parseRelPath, type RelPath } from '../../core/rel-path.ts';
import { showBytes } from '../../scan/read-folder.ts';
import { explainRsyncExit } from '../../transfer/rsync-exit.ts';
import { parseListed } from '../../transfer/rsync-output.ts';
import { type Ends, fetchArgs, listNamesArgs, listTreeArgs } from './rsync-args.ts';
import { type RsyncEnd, runRsync, runRsyncInParts } from './run-rsync.ts';
import type { Found, Problem, Tree } from './tree.ts';

/** An ignore file larger than this is none. */
const MAX_IGNORE_BYTES = 1024 * 1024;

/**
 * All that is there, also what the rules leave alone.
 *
 * @throws {DsyncError} COMMAND_FAILED rsync ended otherwise than with 0, 23 or 24
 */
export async function lookThere(ends: Ends, below: RelPath | undefined, signal: AbortSignal): Promise<Tree> {
  const found = new Map<RelPath, Found>();
  const problems: Problem[] = [];
  const end = await runRsync({
    args: listTreeArgs(ends, below),
    onLine: (line) => take(line, found, problems),
    signal,
  });
  if (end.code === 23 || end.code === 24) {
    const { cure } = explainRsyncExit(end.code);
    for (const line of end.complaint.split('\n').filter((text) => !/^rsync error:/.test(text)))
      problems.push({ path: '', cause: line, cure });
  } else failOn(end, 'list the folder there');
  return { found, problems };
}

/**
 * Of the given names those that are there.
 *
 * @throws {DsyncError} COMMAND_FAILED not all of them could be looked at
 */
export async function lookAtNames(
  ends: Ends,
  names: readonly RelPath[],
  signal: AbortSignal,
): Promise<ReadonlyMap<RelPath, Found>> {
  const found = new Map<RelPath, Found>();
  if (names.length === 0) return found;
  const onLine = (line: string): void => take(line, found, []);
  const end = await runRsyncInParts({ args: listNamesArgs(ends), names, onLine, signal });
  // What vanishes meanwhile is new. Of what cannot be looked at nobody knows whether it is the newer one.
  if (end.code !== 24) failOn(end, 'look at what is there');
  return found;
}

/** The ignore files of the other side, those above `below` included. */
export async function fetchIgnoreFiles(
  ends: Ends,
  tree: Tree,
  { below, useGitignore, signal }: { below: RelPath | undefined; useGitignore: boolean; signal: AbortSignal },
): Promise<ReadonlyMap<RelPath, string>> {
  const names = [...tree.found].flatMap(([path, { kind, sizeBytes }]) =>
    isIgnoreFile(path, { gitignore: useGitignore }) && kind === 'file' && sizeBytes <= MAX_IGNORE_BYTES ? [path] : [],
  );
  if (below !== undefined) {
    for (const above of [undefined, ...parentsOf(below)]) {
      for (const name of ['.dsyncignore', '.gitignore', '.stignore', '.rsync-exclude']) {
        const path = joinName(above, name);
        if (isIgnoreFile(path, { gitignore: useGitignore })) names.push(path);
      }
    }
  }
  const textByPath = new Map<RelPath, string>();
  if (names.length === 0) return textByPath;
  const folder = absPath(mkdtempSync(join(tmpdir(), 'dsync-rules-')));
  try {
    failOn(
      await runRsyncInParts({ args: fetchArgs(ends, folder), names, onLine: () => undefined, signal }),
      'read the rules there',
    );
    for (const path of names) {
      try {
        textByPath.set(path, readFileSync(childPath(folder, path), 'utf8'));
      } catch {
        // It is not there, or no file: there are no rules in it.
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return textByPath;
}

/** @throws {DsyncError} COMMAND_FAILED */
export function failOn({ code, complaint }: RsyncEnd, what: string): void {
  if (code === 0) return;
  const { cause, cure } = explainRsyncExit(code, complaint);
  const said = complaint === '' ? '' : `\n${complaint}`;
  throw new DsyncError('COMMAND_FAILED', `Could not ${what}: ${cause} (rsync's exit code ${code})${said}`, { cure });
}

function take(line: string, found: Map<RelPath, Found>, problems: Problem[]): void {
  const listed = parseListed(line);
  if (listed === undefined) return;
  const { path: bytes, entry, sizeBytes, mtimeSeconds } = listed;
  const text = bytes.toString('utf8');
  if (text === '.') return;
  const path = parseRelPath(text);
  if (path === undefined || !Buffer.from(text).equals(bytes)) {
    const cure = 'Rename it there (convmv -f latin1 -t utf8 --notest FILE), or leave it on that host alone';
    problems.push({ path: showBytes(bytes), cause: 'The name is no path that dsync can hold', cure });
  } else found.set(path, { kind: entry, sizeBytes, mtimeSeconds });
}
