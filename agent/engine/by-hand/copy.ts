/**
 * Push and pull: one side's folder copied over the other's by the system's rsync, with nothing of ours there.
 *
 * First {@link prepareCopy} says what would be done, by a dry run; then {@link CopyJob.run} does that and nothing else.
 *
 * @module
 */
import { mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { type AbsPath, childPath, tildePath } from '../../../platform/abs-path.ts';
import { capture } from '../../../platform/capture.ts';
import { DsyncError, messageOf } from '../../../platform/failure.ts';
import { formatBytes } from '../../../platform/format.ts';
import { compareRelPaths, parentsOf, parseRelPath, type RelPath } from '../../core/rel-path.ts';
import { lstatPath } from '../../scan/lstat.ts';
import {
  comparesNanoseconds,
  formatRsync,
  isRsyncFrom,
  LEAST_RSYNC,
  parseRsyncVersion,
  type RsyncFlavour,
} from '../../transfer/rsync-flavour.ts';
import { parseItem, parseProgress, type RsyncItem, type RsyncProgress } from '../../transfer/rsync-output.ts';
import { deletions } from './deletions.ts';
import { freeBytesHere } from './free-space.ts';
import { type HereTree, lookHere } from './look-here.ts';
import { failOn, fetchIgnoreFiles, lookAtNames, lookThere } from './look-there.ts';
import type { Place } from './place.ts';
import { needsBackup, type Plan, toPlan } from './plan.ts';
import { prepareThere, probeThere, type There } from './probe-there.ts';
import { showThere } from './remote.ts';
import { deleteArgs, type Ends, sendArgs } from './rsync-args.ts';
import { createRules, createTypedRules } from './rules.ts';
import { type RsyncEnd, runRsync } from './run-rsync.ts';
import { withSkeleton } from './skeleton.ts';
import type { SshMaster } from './ssh-master.ts';
import type { Found, Problem, Tree } from './tree.ts';

export interface CopyOptions {
  readonly direction: 'push' | 'pull';
  readonly place: Place;
  readonly isDelete: boolean;
  /** From settings.json. */
  readonly ignore: readonly string[];
  readonly useGitignore: boolean;
  /** Rules of the command line and of `.env`, as in an exclude file of rsync. */
  readonly typed: readonly string[];
  /** Options for rsync. */
  readonly passed: readonly string[];
  /** Names the folder of what is replaced. */
  readonly startedAt: Date;
  readonly signal: AbortSignal;
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

export interface CopyResult {
  readonly end: RsyncEnd;
  /** What rsync says it has done. */
  readonly done: { readonly sent: number; readonly deleted: number };
}

const BACKUPS = '.dsync/local/backups';

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
  const theirs = rsyncThere(probed, place.host);
  const ends: Ends = {
    direction,
    here: place.here,
    destination: place.remote.destination,
    there: place.remote.path,
    ssh: master.words,
    rsyncPath: probed?.rsync?.isOnPath === false ? probed.rsync.path : undefined,
    nanoseconds: comparesNanoseconds(own, theirs ?? own),
    passed,
  };
  checkPlaces(options, probed);
  const sides = isPush ? await lookForPush(ends, options, probed) : await lookForPull(ends, options);

  const backupFolder = `${BACKUPS}/${stamp(startedAt)}`;
  const call = { backupFolder, dryRun: true };
  const sendCall = { ...call, force: true, temporaryFolder: undefined };
  const sent = await itemsOf(sendArgs(ends, sendCall), sides.names, signal);
  const deleted =
    sides.deleteNames.length === 0
      ? { items: [], problems: [] }
      : await withSkeleton(sides.deleteNames, (skeleton) =>
          itemsOf(deleteArgs(ends, skeleton, call), sides.deleteNames, signal),
        );
  const loser = await sides.loser([...sent.items, ...deleted.items]);
  const plan = toPlan({
    sent: sent.items,
    deleted: deleted.items,
    deleteNames: sides.deleteNames,
    winner: (path) => sides.winner.get(path),
    loser,
    problems: [...sides.problems, ...sent.problems, ...deleted.problems],
  });
  const shown = { here: tildePath(place.here), there: `${place.host}:${showThere(place.remote.path)}` };
  const written = isPush ? shown.there : shown.here;
  return {
    plan,
    ...shown,
    backup: needsBackup(plan) ? `${written}/${backupFolder}` : undefined,
    notes: ends.nanoseconds ? sides.notes : [...sides.notes, COARSE],
    run: (onProgress) => run({ ends, plan, master, probed, backupFolder, place, signal }, onProgress),
  };
}

const COARSE =
  'One side has an rsync before 3.1.3: an edit within the same second that keeps the size is not seen (add -- --checksum).';

interface Sides {
  readonly winner: ReadonlyMap<RelPath, Found>;
  /** What is offered to rsync. */
  readonly names: readonly RelPath[];
  readonly deleteNames: readonly RelPath[];
  /** Looks at those paths on the side that is written, where that is not known yet. */
  readonly loser: (items: readonly RsyncItem[]) => Promise<(path: RelPath) => Found | undefined>;
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
}

const KEPT_ALL =
  'Nothing is deleted: not all of both folders could be looked at, and what was not seen must not count as missing.';

async function lookForPush(ends: Ends, options: CopyOptions, probed: There | undefined): Promise<Sides> {
  const { isDelete, ignore, typed, signal } = options;
  const { below } = options.place;
  const ours = lookAround(options);
  if (below !== undefined && !ours.found.has(below)) throw notThere(`${below} in ${tildePath(ends.here)}`, ours, below);
  const rules = createRules(ours.ignoreFiles, { settings: ignore, typed });
  const isNothingThere = probed?.place === 'missing';
  const theirs: Tree = isDelete && !isNothingThere ? await lookThere(ends, below, signal) : NOTHING;
  const isCertain = ours.problems.length === 0 && theirs.problems.length === 0;
  const isExtra = (path: RelPath, isFolder: boolean): boolean =>
    isMissing(path, ours) && !isSpecial(theirs, path) && !rules.leavesAlone(path, isFolder);
  return {
    winner: ours.found,
    names: sendable(ours),
    deleteNames: isDelete && isCertain ? deletions(theirs.found, isExtra) : [],
    async loser(items) {
      if (isDelete || isNothingThere) return (path) => theirs.found.get(path);
      const found = await lookAtNames(ends, pathsOf(items), signal);
      return (path) => found.get(path);
    },
    problems: [...ours.problems, ...theirs.problems],
    notes: isDelete && !isCertain ? [KEPT_ALL] : [],
  };
}

async function lookForPull(ends: Ends, options: CopyOptions): Promise<Sides> {
  const { isDelete, ignore, useGitignore, typed, signal, place } = options;
  const { below } = place;
  const ours = lookAround(options);
  const theirs = await lookThere(ends, below, signal);
  if (below !== undefined && !theirs.found.has(below))
    throw notThere(`${below} in ${place.host}:${showThere(ends.there)}`);
  const fetched = await fetchIgnoreFiles(ends, theirs, { below, useGitignore, signal });
  const rules = createRules(new Map([...ours.ignoreFiles, ...fetched]), { settings: ignore, typed });
  const isCertain = ours.problems.length === 0 && theirs.problems.length === 0;
  const all = [...ours.found, ...[...ours.leftAlone].map((path) => [path, { kind: 'folder' }] as const)];
  const isExtra = (path: RelPath, isFolder: boolean): boolean =>
    !ours.leftAlone.has(path) &&
    isMissing(path, theirs) &&
    !isSpecial(ours, path) &&
    !rules.leavesAlone(path, isFolder);
  const offered = new Map([...theirs.found].filter(([path, { kind }]) => !rules.leavesAlone(path, kind === 'folder')));
  return {
    winner: theirs.found,
    names: sendable({ found: offered, problems: [] }),
    deleteNames: isDelete && isCertain ? deletions(all, isExtra) : [],
    loser: () => Promise.resolve((path) => ours.found.get(path) ?? statHere(ends.here, path)),
    problems: [...ours.problems, ...theirs.problems],
    notes: isDelete && !isCertain ? [KEPT_ALL] : [],
  };
}

const NOTHING: Tree = { found: new Map(), problems: [] };

function lookAround({ place, ignore, useGitignore, typed, signal }: CopyOptions): HereTree {
  const options = { below: place.below, settings: ignore, useGitignore, typed: createTypedRules(typed), signal };
  return lookHere(place.here, options);
}

function sendable({ found }: Tree): RelPath[] {
  return [...found].flatMap(([path, { kind }]) => (kind === 'special' ? [] : [path]));
}

/** What is below something that is no folder makes way for it, by the run that sends. */
function isMissing(path: RelPath, { found }: Tree): boolean {
  if (found.has(path)) return false;
  return parentsOf(path).every((above) => (found.get(above)?.kind ?? 'folder') === 'folder');
}

/** Sockets, pipes and devices stay where they are. */
function isSpecial({ found }: Tree, path: RelPath): boolean {
  return found.get(path)?.kind === 'special';
}

function pathsOf(items: readonly RsyncItem[]): RelPath[] {
  return items.flatMap(({ path }) => parseRelPath(path.toString('utf8')) ?? []);
}

function statHere(here: AbsPath, path: RelPath): Found | undefined {
  try {
    const stat = lstatPath(childPath(here, path));
    if (stat === undefined) return undefined;
    const { kind, sizeBytes, mtimeNs } = stat;
    return { kind, sizeBytes, mtimeSeconds: Number(mtimeNs / 1_000_000_000n) };
  } catch {
    return undefined;
  }
}

function notThere(what: string, ours?: HereTree, below?: RelPath): DsyncError {
  const isLeftAlone = below !== undefined && ours?.leftAlone.has(below) === true;
  return isLeftAlone
    ? new DsyncError('NOT_FOUND', `${what} is left alone by a rule`, { cure: 'See which one: dsync ignored PATH' })
    : new DsyncError('NOT_FOUND', `There is no ${what}`, { cure: 'Check the path; nothing was changed.' });
}

/** @throws {DsyncError} RSYNC_MISSING, UNSUPPORTED */
async function rsyncHere(signal: AbortSignal): Promise<RsyncFlavour> {
  const { code, stdout } = await capture('rsync', ['--version'], { signal });
  const flavour = code === 0 ? parseRsyncVersion(stdout) : undefined;
  if (flavour === undefined) throw missing('this host');
  checkFlavour(flavour, 'This host');
  return flavour;
}

/** @returns undefined where an account for rsync alone tells nothing of it */
function rsyncThere(probed: There | undefined, host: string): RsyncFlavour | undefined {
  if (probed === undefined) return undefined;
  if (probed.rsync === undefined) throw missing(host);
  if (probed.rsync.flavour !== undefined) checkFlavour(probed.rsync.flavour, host);
  return probed.rsync.flavour;
}

function missing(where: string): DsyncError {
  return new DsyncError('RSYNC_MISSING', `There is no rsync on ${where}. Nothing was changed.`);
}

function checkFlavour(flavour: RsyncFlavour, where: string): void {
  if (isRsyncFrom(flavour, LEAST_RSYNC)) return;
  throw new DsyncError('UNSUPPORTED', `${where} has ${formatRsync(flavour)}. Nothing was changed.`, {
    cure: `push and pull need rsync ${LEAST_RSYNC} or later on both sides (macOS: brew install rsync): only that deletes by name and keeps what it replaces.`,
  });
}

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
  const end = await runRsync({ args, names, onLine, signal });
  if (end.code !== 23 && end.code !== 24) {
    failOn(end, 'preview the run');
    return { items, problems: [] };
  }
  const lines = end.complaint.split('\n').filter((line) => line !== '' && !/^rsync error:/.test(line));
  return { items, problems: lines.map((cause) => ({ path: '', cause, cure: 'Make it readable, or exclude it' })) };
}

interface RunParts {
  readonly ends: Ends;
  readonly plan: Plan;
  readonly master: SshMaster;
  readonly probed: There | undefined;
  readonly backupFolder: string;
  readonly place: Place;
  readonly signal: AbortSignal;
}

async function run(parts: RunParts, onProgress: (progress: RsyncProgress) => void): Promise<CopyResult> {
  const { ends, plan, backupFolder, signal } = parts;
  const done = { sent: 0, deleted: 0 };
  const onLine = (line: string): void => {
    const item = parseItem(line);
    if (item?.kind === 'deleted') done.deleted++;
    else if (item !== undefined) done.sent++;
    const progress = item === undefined ? parseProgress(line) : undefined;
    if (progress !== undefined) onProgress(progress);
  };
  checkRoom(parts);
  const temporaryFolder = await prepare(parts);
  try {
    const call = { dryRun: false, backupFolder };
    // Deletes go first: where a filesystem does not tell cases apart, the new name is the old one's.
    let end: RsyncEnd = { code: 0, complaint: '' };
    if (plan.deleteNames.length > 0) {
      end = await withSkeleton(plan.deleteNames, (skeleton) =>
        runRsync({ args: deleteArgs(ends, skeleton, call), names: plan.deleteNames, onLine, signal }),
      );
    }
    const names = plan.items.flatMap(({ path, action }) => (action === 'deleted' ? [] : [path])).sort(compareRelPaths);
    if (end.code === 0 && names.length > 0) {
      const args = sendArgs(ends, { ...call, force: plan.needsForce, temporaryFolder });
      end = await runRsync({ args, names, onLine, signal });
    }
    return { end, done };
  } finally {
    if (temporaryFolder !== undefined) cleanUp(ends.here, temporaryFolder);
  }
}

/** @throws {DsyncError} DISK_FULL */
function checkRoom({ ends, plan, probed, place }: RunParts): void {
  const free = ends.direction === 'push' ? probed?.freeBytes : freeBytesHere(ends.here);
  const { sendBytes } = plan.totals;
  if (free === undefined || sendBytes <= free) return;
  const where = ends.direction === 'push' ? place.host : 'this host';
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

/** `20261121T113624.123Z`: two runs within a second have folders of their own. */
function stamp(at: Date): string {
  return at.toISOString().replace(/[-:]/g, '');
}
