/**
 * Doing what a preview showed, and nothing else.
 *
 * @module
 */
import { mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { type AbsPath, childPath, tildePath } from '../../../platform/abs-path.ts';
import { DsyncError, messageOf } from '../../../platform/failure.ts';
import { formatBytes } from '../../../platform/format.ts';
import { compareRelPaths, type RelPath } from '../../core/rel-path.ts';
import { parseItem, parseProgress, type RsyncProgress } from '../../transfer/rsync-output.ts';
import { freeBytesHere } from './free-space.ts';
import { needsBackup, type Plan, type PlanItem } from './plan.ts';
import { prepareThere, type There } from './probe-there.ts';
import { showThere } from './remote.ts';
import { deleteArgs, type Ends, sendArgs } from './rsync-args.ts';
import { type RsyncEnd, runRsync, runRsyncInParts } from './run-rsync.ts';
import { withSkeleton } from './skeleton.ts';
import type { SshMaster } from './ssh-master.ts';

/** Relative to the folder that is written; never sent, listed or deleted. */
export const BACKUPS = '.dsync/local/backups';

export interface CopyResult {
  readonly end: RsyncEnd;
  /** What rsync says it has done. */
  readonly done: { readonly sent: number; readonly deleted: number };
}

export interface RunParts {
  readonly ends: Ends;
  readonly plan: Plan;
  readonly master: SshMaster;
  readonly probed: There | undefined;
  readonly backupFolder: string;
  /** Of the other side, for people. */
  readonly host: string;
  readonly signal: AbortSignal;
}

/** @throws {DsyncError} DISK_FULL, COMMAND_FAILED nothing was sent; and the signal's reason */
export async function carryOut(parts: RunParts, onProgress: (progress: RsyncProgress) => void): Promise<CopyResult> {
  const { ends, plan, backupFolder, signal } = parts;
  const done = { sent: 0, deleted: 0 };
  const progressOf = createSum();
  const onLine = (line: string): void => {
    const item = parseItem(line);
    if (item?.kind === 'deleted') done.deleted++;
    else if (item !== undefined) done.sent++;
    const progress = item === undefined ? parseProgress(line) : undefined;
    if (progress !== undefined) onProgress(progressOf(progress));
  };
  checkRoom(parts);
  const temporaryFolder = await prepare(parts);
  try {
    const call = { dryRun: false, backupFolder };
    let end: RsyncEnd = { code: 0, complaint: '' };
    // Deletes go first: where a filesystem does not tell cases apart, the new name is the old one's.
    if (plan.deleteNames.length > 0) {
      end = await withSkeleton(plan.deleteNames, (skeleton) =>
        runRsync({ args: deleteArgs(ends, skeleton, call), names: plan.deleteNames, onLine, signal }),
      );
    }
    const toSend = plan.items.filter(({ action }) => action !== 'deleted');
    for (const checksum of [false, true]) {
      const items = toSend.filter(({ path }) => plan.compared.has(path) === checksum);
      if (end.code !== 0 || items.length === 0) continue;
      const args = sendArgs(ends, { ...call, force: plan.needsForce, temporaryFolder, checksum });
      end = await runRsyncInParts({ args, names: namesOf(items), onLine, signal });
    }
    return { end, done };
  } finally {
    if (temporaryFolder !== undefined) cleanUp(ends.here, temporaryFolder);
  }
}

function namesOf(items: readonly PlanItem[]): RelPath[] {
  return items.map(({ path }) => path).sort(compareRelPaths);
}

/** Over several runs, each of which begins at nothing. */
function createSum(): (progress: RsyncProgress) => RsyncProgress {
  let before = { bytes: 0, filesDone: 0 };
  let last = { bytes: 0, filesDone: 0 };
  return ({ bytes, filesDone }) => {
    if (bytes < last.bytes) {
      before = { bytes: before.bytes + last.bytes, filesDone: before.filesDone + last.filesDone };
      last = { bytes: 0, filesDone: 0 };
    }
    last = { bytes, filesDone: filesDone ?? last.filesDone };
    return { bytes: before.bytes + last.bytes, filesDone: before.filesDone + last.filesDone };
  };
}

/** @throws {DsyncError} DISK_FULL */
function checkRoom({ ends, plan, probed, host }: RunParts): void {
  const free = ends.direction === 'push' ? probed?.freeBytes : freeBytesHere(ends.here);
  const { sendBytes } = plan.totals;
  if (free === undefined || sendBytes <= free) return;
  const where = ends.direction === 'push' ? host : 'this host';
  throw new DsyncError(
    'DISK_FULL',
    `${formatBytes(sendBytes)} are to be written on ${where}, where ${formatBytes(free)} are free. Nothing was changed.`,
    { cure: 'Free some space there, or exclude what need not go.' },
  );
}

/** @returns where rsync shall write what is not complete yet, relative to the folder here; undefined for a push */
async function prepare({ ends, plan, master, probed, backupFolder }: RunParts): Promise<string | undefined> {
  const backups = needsBackup(plan) ? backupFolder : undefined;
  if (ends.direction === 'push') {
    // An account for rsync alone makes no folders; rsync makes the last one itself.
    if (probed === undefined || (probed.place === 'folder' && backups === undefined)) return undefined;
    const fault = await prepareThere(master, ends.there, { backups });
    if (fault === undefined) return undefined;
    throw new DsyncError(
      'COMMAND_FAILED',
      `Could not make ${showThere(ends.there)} there: ${fault}. Nothing was sent.`,
    );
  }
  // In a folder that an agent watches, half a file must not be seen.
  const incoming = `.dsync/local/incoming-${backupFolder.slice(BACKUPS.length + 1)}`;
  try {
    mkdirSync(childPath(ends.here, '.dsync'), { recursive: true });
    for (const below of [backups, incoming]) {
      if (below !== undefined) mkdirSync(childPath(ends.here, below), { recursive: true, mode: 0o700 });
    }
  } catch (error) {
    throw new DsyncError(
      'COMMAND_FAILED',
      `Could not write in ${tildePath(ends.here)}: ${messageOf(error)}. Nothing was changed.`,
    );
  }
  return incoming;
}

/** With it go the folders above it that hold nothing else. */
function cleanUp(here: AbsPath, temporaryFolder: string): void {
  rmSync(childPath(here, temporaryFolder), { recursive: true, force: true });
  for (const folder of ['.dsync/local', '.dsync']) {
    try {
      rmdirSync(childPath(here, folder));
    } catch {
      return;
    }
  }
}
