/**
 * What a run would do, path by path, as rsync itself says it of a dry run. Pure.
 *
 * @module
 */
import { parseRelPath, type RelPath } from '../../core/rel-path.ts';
import type { RsyncItem } from '../../transfer/rsync-output.ts';
import type { Found, Problem } from './tree.ts';

export interface PlanItem {
  readonly path: RelPath;
  readonly kind: Found['kind'];
  /** `attributes`: mode or times alone. */
  readonly action: 'new' | 'changed' | 'attributes' | 'deleted';
  /** Of what is sent; of what is deleted. */
  readonly sizeBytes: number;
  /** Of the file or symlink that is replaced. */
  readonly replacedBytes?: number;
  /** Where the file that is replaced is the newer one: both times, in seconds since 1970. */
  readonly newer?: { readonly replacedSeconds: number; readonly sentSeconds: number };
}

export interface Plan {
  /** Deletes last. */
  readonly items: readonly PlanItem[];
  /** For `--delete-missing-args`. */
  readonly deleteNames: readonly RelPath[];
  /** Of the same size on both sides, and compared by content. */
  readonly compared: ReadonlySet<RelPath>;
  /** Something goes because something of another kind takes its place. */
  readonly needsForce: boolean;
  readonly problems: readonly Problem[];
  readonly totals: {
    readonly new: number;
    readonly changed: number;
    readonly attributes: number;
    readonly deleted: number;
    readonly newer: number;
    readonly sendBytes: number;
    readonly deleteBytes: number;
  };
}

export interface PlanParts {
  /** Of the run that sends; its deletes make way for something. */
  readonly sent: readonly RsyncItem[];
  /** Of the run that deletes. */
  readonly deleted: readonly RsyncItem[];
  readonly deleteNames: readonly RelPath[];
  readonly compared: ReadonlySet<RelPath>;
  readonly winner: (path: RelPath) => Found | undefined;
  /** What is at the path on the side that is written. */
  readonly loser: (path: RelPath) => Found | undefined;
  readonly problems: readonly Problem[];
}

export function toPlan({ sent, deleted, deleteNames, compared, winner, loser, problems }: PlanParts): Plan {
  // A folder comes with each part of the names that lies in it.
  const kept = new Map<RelPath, PlanItem>();
  const gone = new Map<RelPath, PlanItem>();
  for (const item of [...sent, ...deleted]) {
    const path = parseRelPath(item.path.toString('utf8'));
    if (path === undefined) continue;
    const ours = loser(path);
    if (item.kind === 'deleted') {
      const sizeBytes = item.entry === 'file' ? (ours?.sizeBytes ?? 0) : 0;
      gone.set(path, { path, kind: ours?.kind ?? item.entry, action: 'deleted', sizeBytes });
    } else kept.set(path, itemOf(path, item, winner(path), ours));
  }
  const items = [...kept.values()];
  const all = [...items, ...gone.values()];
  const count = (action: PlanItem['action']): number => all.filter((item) => item.action === action).length;
  const sum = (some: readonly PlanItem[]): number => some.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
  return {
    items: all,
    deleteNames,
    compared,
    needsForce: sent.some(({ kind }) => kind === 'deleted'),
    problems,
    totals: {
      new: count('new'),
      changed: count('changed'),
      attributes: count('attributes'),
      deleted: count('deleted'),
      newer: items.filter(({ newer }) => newer !== undefined).length,
      sendBytes: sum(items.filter(({ kind, action }) => kind === 'file' && action !== 'attributes')),
      deleteBytes: sum([...gone.values()]),
    },
  };
}

function itemOf(path: RelPath, item: RsyncItem, theirs: Found | undefined, ours: Found | undefined): PlanItem {
  const sizeBytes = item.entry === 'folder' ? 0 : (theirs?.sizeBytes ?? item.sizeBytes);
  const base = { path, kind: item.entry, sizeBytes };
  if (item.kind === 'attributes') return { ...base, action: 'attributes' };
  if (ours === undefined || (item.entry === 'folder' && ours.kind === 'folder')) {
    return { ...base, action: item.isNew ? 'new' : 'changed' };
  }
  const isNewer = ours.kind === 'file' && theirs !== undefined && ours.mtimeSeconds > theirs.mtimeSeconds;
  return {
    ...base,
    action: 'changed',
    ...(ours.kind === 'folder' ? {} : { replacedBytes: ours.sizeBytes }),
    ...(isNewer ? { newer: { replacedSeconds: ours.mtimeSeconds, sentSeconds: theirs.mtimeSeconds } } : {}),
  };
}

/** Files that rsync would replace by one of the same size: their content may be the same. */
export function worthComparing(
  items: readonly RsyncItem[],
  { winner, loser }: Pick<PlanParts, 'winner' | 'loser'>,
): ReadonlySet<RelPath> {
  const paths = new Set<RelPath>();
  for (const { kind, entry, path: bytes } of items) {
    const path = parseRelPath(bytes.toString('utf8'));
    if (path === undefined || kind !== 'content' || entry !== 'file') continue;
    const [theirs, ours] = [winner(path), loser(path)];
    if (theirs?.kind === 'file' && ours?.kind === 'file' && theirs.sizeBytes === ours.sizeBytes) paths.add(path);
  }
  return paths;
}

/** The items, those that were compared as the comparison has them: with other content, other attributes, or not at all. */
export function withCompared(
  items: readonly RsyncItem[],
  compared: ReadonlySet<RelPath>,
  comparison: readonly RsyncItem[],
): RsyncItem[] {
  const wasCompared = ({ kind, path }: RsyncItem): boolean => {
    const known = parseRelPath(path.toString('utf8'));
    return kind !== 'deleted' && known !== undefined && compared.has(known);
  };
  return [...items.filter((item) => !wasCompared(item)), ...comparison.filter(wasCompared)];
}

/** Whether anything is listed and confirmed before it is done. */
export function needsConsent({ totals }: Plan): boolean {
  return totals.deleted > 0 || totals.newer > 0;
}

/** Whether something ends in the folder of what was replaced. */
export function needsBackup({ items }: Plan): boolean {
  return items.some(({ action, kind, replacedBytes }) =>
    action === 'deleted'
      ? kind !== 'folder'
      : action === 'changed' && (kind !== 'folder' || replacedBytes !== undefined),
  );
}
