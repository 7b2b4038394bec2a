/**
 * How rsync is called for push and pull. Pure.
 *
 * rsync chooses nothing: it is given every name, takes folders without what is in them, and deletes only what it is
 * told to. So a run does what its preview showed.
 *
 * @module
 */
import type { AbsPath } from '../../../platform/abs-path.ts';
import { ITEM_FORMAT } from '../../transfer/rsync-output.ts';

/** The far end, and how it is reached. */
export interface Far {
  readonly destination: string;
  /** Absolute, or from where a login starts there. */
  readonly there: string;
  /** `ssh` and its options. */
  readonly ssh: readonly string[];
  /** What starts rsync there, as a shell reads it, if its PATH does not name it. */
  readonly rsyncPath: string | undefined;
}

/** The two ends of a run. */
export interface Ends extends Far {
  readonly direction: 'push' | 'pull';
  readonly here: AbsPath;
  /** Times are compared to the nanosecond. */
  readonly nanoseconds: boolean;
  /** The user's own options. */
  readonly passed: readonly string[];
}

export interface CopyCall {
  readonly dryRun: boolean;
  /** Relative to the folder that is written. */
  readonly backupFolder: string;
}

export interface SendCall extends CopyCall {
  /** What stands in the way of something of another kind is deleted. */
  readonly force: boolean;
  /** Relative to the folder that is written; it must be there. */
  readonly temporaryFolder: string | undefined;
  /** Content is compared, whatever the times say. */
  readonly checksum: boolean;
}

export function sendArgs(ends: Ends, { dryRun, backupFolder, force, temporaryFolder, checksum }: SendCall): string[] {
  return [
    ...shellArgs(ends),
    ...['--links', '--perms', '--times', '--omit-dir-times'],
    ...(ends.nanoseconds ? ['--modify-window=-1'] : []),
    ...ends.passed,
    // From here on nothing that the user gave can change it.
    ...LISTED,
    ...(checksum ? ['--checksum'] : []),
    ...(force ? ['--force'] : []),
    ...writeArgs({ dryRun, backupFolder }),
    ...(temporaryFolder === undefined ? [] : [`--temp-dir=${temporaryFolder}`]),
    ...(dryRun ? [] : ['--info=progress2', '--outbuf=N']),
    ...(ends.direction === 'push' ? [`${ends.here}/`, farPath(ends, '/')] : [farPath(ends, '/'), `${ends.here}/`]),
  ];
}

/**
 * Deletes the names that it is given, each with all that is in it.
 *
 * @param skeleton a folder here that holds the folders above the names and nothing else: whatever is not in it counts
 * as missing, and for want of a folder above them rsync would complain
 */
export function deleteArgs(ends: Ends, skeleton: AbsPath, call: CopyCall): string[] {
  return [
    ...(ends.direction === 'push' ? shellArgs(ends) : []),
    ...ends.passed.filter((option) => /^--(rsync-path|timeout|max-delete|protocol)=|^-[46]$/.test(option)),
    ...LISTED,
    ...['--no-implied-dirs', '--omit-dir-times', '--delete-missing-args', '--force'],
    ...writeArgs(call),
    `${skeleton}/`,
    ends.direction === 'push' ? farPath(ends, '/') : `${ends.here}/`,
  ];
}

function writeArgs({ dryRun, backupFolder }: CopyCall): string[] {
  return [
    ...['--backup', `--backup-dir=${backupFolder}`, `--out-format=${ITEM_FORMAT}`],
    ...(dryRun ? ['--dry-run'] : []),
  ];
}

/** Lists all that is in the far folder, or what is at `below` in it and under it. */
export function listTreeArgs(ends: Ends, below: string | undefined): string[] {
  return [
    ...shellArgs(ends),
    ...['--list-only', '--no-human-readable', '--recursive'],
    // Their names are listed, so that a folder above them is known to hold something that stays.
    ...['--exclude=.git/*', '--exclude=/.dsync/*'],
    ...(below === undefined ? [farPath(ends, '/')] : ['--relative', farPath(ends, `/./${below}`)]),
  ];
}

/** Lists what lies in the far folder itself: the least that shows that rsync works over ssh. */
export function listTopArgs(ends: Far): string[] {
  return [...shellArgs(ends), '--list-only', '--dirs', farPath(ends, '/')];
}

/** Lists what is at the given names on the far side, without what is in them. */
export function listNamesArgs(ends: Ends): string[] {
  return [
    ...shellArgs(ends),
    ...['--list-only', '--no-human-readable', '--ignore-missing-args', ...LISTED, farPath(ends, '/')],
    // rsync wants a second place where names are listed; nothing is written there.
    ends.here,
  ];
}

/** Fetches the given names into a folder, and nothing else. */
export function fetchArgs(ends: Ends, into: AbsPath): string[] {
  return [...shellArgs(ends), '--ignore-missing-args', ...LISTED, farPath(ends, '/'), `${into}/`];
}

const LISTED = ['--no-recursive', '--dirs', '--relative', '--from0', '--files-from=-'];

function shellArgs({ ssh, rsyncPath }: Far): string[] {
  return [
    ...['--rsh', ssh.map(quoteForRsync).join(' '), '--secluded-args'],
    ...(rsyncPath === undefined ? [] : [`--rsync-path=${rsyncPath}`]),
  ];
}

function farPath({ destination, there }: Far, below: string): string {
  return `${destination}:${there === '/' ? '' : there}${below}`;
}

/** rsync splits its shell's command at blanks, and knows quotes, doubled within themselves, but no backslash. */
function quoteForRsync(word: string): string {
  return /^[^\s'"]+$/.test(word) ? word : `'${word.replaceAll("'", "''")}'`;
}
