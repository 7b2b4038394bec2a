/**
 * Push and pull: one side's folder copied over the other's by the system's rsync, with nothing of ours there.
 *
 * First {@link prepareCopy} says what would be done, by a dry run; then {@link CopyJob.run} does that and nothing else.
 *
 * @module
 */
import { tildePath } from '../../../platform/abs-path.ts';
import { DsyncError } from '../../../platform/failure.ts';
import type { RelPath } from '../../core/rel-path.ts';
import { lstatPath } from '../../scan/lstat.ts';
import { comparesNanoseconds } from '../../transfer/rsync-flavour.ts';
import { parseItem, type RsyncItem, type RsyncProgress } from '../../transfer/rsync-output.ts';
import { BACKUPS, type CopyResult, carryOut } from './carry-out.ts';
import { failOn } from './look-there.ts';
import { needsBackup, type Plan, toPlan, withCompared, worthComparing } from './plan.ts';
import { probeThere, type There } from './probe-there.ts';
import { showThere } from './remote.ts';
import { deleteArgs, type Ends, sendArgs } from './rsync-args.ts';
import { rsyncHere, rsyncPathThere, rsyncThere } from './rsync-versions.ts';
import { runRsyncInParts } from './run-rsync.ts';
import { lookForPull, lookForPush, notThere, type SidesOptions } from './sides.ts';
import { withSkeleton } from './skeleton.ts';
import type { SshMaster } from './ssh-master.ts';
import type { Found, Problem } from './tree.ts';

export interface CopyOptions extends SidesOptions {
  readonly direction: 'push' | 'pull';
  /** Options for rsync. */
  readonly passed: readonly string[];
  /** Names the folder of what is replaced. */
  readonly startedAt: Date;
}

export interface CopyJob {
  readonly plan: Plan;
  /** For people, with the home as `~`. */
  readonly here: string;
  readonly there: string;
  /** Where what is replaced goes, on the side that is written; for people. */
  readonly backup: string | undefined;
  readonly notes: readonly string[];
  run(onProgress: (progress: RsyncProgress) => void): Promise<CopyResult>;
}

/**
 * Changes nothing, here or there.
 *
 * @throws {DsyncError} RSYNC_MISSING, UNSUPPORTED, NOT_FOUND, COMMAND_FAILED; and the signal's reason
 */
export async function prepareCopy(master: SshMaster, options: CopyOptions): Promise<CopyJob> {
  const { direction, place, passed, startedAt, signal } = options;
  const isPush = direction === 'push';
  const own = await rsyncHere(signal);
  const probed = await probeThere(master, place.remote.path);
  const typedPath = passed.findLast((option) => option.startsWith(RSYNC_PATH))?.slice(RSYNC_PATH.length);
  const theirs = typedPath === undefined ? rsyncThere(probed, place.host) : undefined;
  const ends: Ends = {
    direction,
    here: place.here,
    destination: place.remote.destination,
    there: place.remote.path,
    ssh: master.words,
    rsyncPath: typedPath ?? rsyncPathThere(probed),
    nanoseconds: comparesNanoseconds(own, theirs ?? own),
    passed,
  };
  checkPlaces(options, probed);
  const sides = isPush ? await lookForPush(ends, options, probed) : await lookForPull(ends, options);

  const backupFolder = `${BACKUPS}/${stamp(startedAt)}`;
  const call = { backupFolder, dryRun: true };
  const sendCall = { ...call, force: true, temporaryFolder: undefined, checksum: false };
  const sent = await itemsOf(sendArgs(ends, sendCall), sides.names, signal);
  const deleted =
    sides.deleteNames.length === 0
      ? { items: [], problems: [] }
      : await withSkeleton(sides.deleteNames, (skeleton) =>
          itemsOf(deleteArgs(ends, skeleton, call), sides.deleteNames, signal),
        );
  const winner = (path: RelPath): Found | undefined => sides.winner.get(path);
  const loser = await sides.loser([...sent.items, ...deleted.items]);
  // A copy by other means has other times: only a look into both tells whether the content is another one.
  const compared = worthComparing(sent.items, { winner, loser });
  const comparing = await itemsOf(sendArgs(ends, { ...sendCall, checksum: true }), [...compared], signal);
  const plan = toPlan({
    sent: withCompared(sent.items, compared, comparing.items),
    deleted: deleted.items,
    deleteNames: sides.deleteNames,
    compared,
    winner,
    loser,
    problems: [...sides.problems, ...sent.problems, ...deleted.problems, ...comparing.problems],
  });
  const shown = { here: tildePath(place.here), there: `${place.host}:${showThere(place.remote.path)}` };
  const written = isPush ? shown.there : shown.here;
  return {
    plan,
    ...shown,
    backup: needsBackup(plan) ? `${written}/${backupFolder}` : undefined,
    notes: ends.nanoseconds ? sides.notes : [...sides.notes, COARSE],
    run: (onProgress) => carryOut({ ends, plan, master, probed, backupFolder, host: place.host, signal }, onProgress),
  };
}

const RSYNC_PATH = '--rsync-path=';
const COARSE =
  'One side has an rsync before 3.1.3: an edit within the same second that keeps the size is not seen (add -- --checksum).';

function checkPlaces({ direction, place }: CopyOptions, probed: There | undefined): void {
  const there = `${place.host}:${showThere(place.remote.path)}`;
  if (probed?.place === 'other') {
    throw new DsyncError('BAD_INPUT', `${there} is no folder. Nothing was changed.`, { cure: 'Name a folder there.' });
  }
  if (direction === 'pull') {
    if (probed?.place === 'missing') throw notThere(`folder ${there}`);
    const kind = lstatPath(place.here)?.kind;
    if (kind === 'file' || kind === 'special')
      throw new DsyncError('BAD_INPUT', `${tildePath(place.here)} is no folder. Nothing was changed.`);
    return;
  }
  if (lstatPath(place.here) === undefined) throw notThere(`folder ${tildePath(place.here)}`);
  if (probed !== undefined && !probed.isWritable) {
    throw new DsyncError('BAD_INPUT', `This user may not write in ${there}. Nothing was changed.`, {
      cure: 'Give the folder to that user there, or push to another one.',
    });
  }
}

/** @throws {DsyncError} COMMAND_FAILED rsync ended otherwise than with 0, 23 or 24 */
async function itemsOf(
  args: readonly string[],
  names: readonly RelPath[],
  signal: AbortSignal,
): Promise<{ items: readonly RsyncItem[]; problems: readonly Problem[] }> {
  const items: RsyncItem[] = [];
  if (names.length === 0) return { items, problems: [] };
  const onLine = (line: string): void => {
    const item = parseItem(line);
    if (item !== undefined) items.push(item);
  };
  const end = await runRsyncInParts({ args, names, onLine, signal });
  if (end.code !== 23 && end.code !== 24) {
    failOn(end, 'preview the run');
    return { items, problems: [] };
  }
  const lines = end.complaint.split('\n').filter((line) => line !== '' && !/^rsync error:/.test(line));
  return { items, problems: lines.map((cause) => ({ path: '', cause, cure: 'Make it readable, or exclude it' })) };
}

/** `20261121T113624.123Z`: two runs within a second have folders of their own. */
function stamp(at: Date): string {
  return at.toISOString().replace(/[-:]/g, '');
}
