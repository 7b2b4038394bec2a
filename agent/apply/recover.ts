/**
 * What a crash left in the stage. The rule everywhere: when in doubt, keep the bytes.
 *
 * @module
 */
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import type { Stat } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { isAsExpected, lstatOf } from './disk-stat.ts';
import { ASIDE, type Renames } from './exchange.ts';
import type { Intent } from './intents.ts';
import { ensureLocalFolder, PARTIAL_PREFIX, stageFolder, WHOLE_PREFIX } from './local-folder.ts';
import { putBack } from './place.ts';
import { discard, removeWhole } from './stage.ts';
import { createTrash, type Trash } from './trash.ts';

export interface RescuedSave {
  readonly path: RelPath;
  /** Where the save lies, whole, in the stage (or beside its path); the caller must give it a place. */
  readonly at: AbsPath;
  readonly stat: Stat;
}

export interface Recovery {
  /** Saves that raced the crash: each becomes a conflict copy, or its path's content. */
  readonly rescued: readonly RescuedSave[];
  /** Back at their paths, which were free. */
  readonly restored: readonly RelPath[];
  /** What was displaced as expected, and is in the trash now. */
  readonly trashed: readonly { readonly path: RelPath; readonly stored: AbsPath }[];
  /** Nobody knows them; in the trash below `recovered/`. */
  readonly unknown: readonly AbsPath[];
  /** Our own incoming content, never visible; gone, to be fetched again. */
  readonly unfinished: number;
}

export interface RecoverOptions {
  readonly root: AbsPath;
  /** As `readLeft` gave them. */
  readonly intents: readonly Intent[];
  readonly renames: Renames;
  readonly now?: number;
}

const PARTIAL_MS = 86_400_000;

/** To be run before anything is applied to the root, and before its first scan. */
export function recoverStage({ root, intents, renames, now = Date.now() }: RecoverOptions): Recovery {
  ensureLocalFolder(root);
  const trash = createTrash(root, renames);
  const intentByTemp = new Map(intents.map((intent) => [intent.temp, intent]));
  const recovery = {
    rescued: [] as RescuedSave[],
    restored: [] as RelPath[],
    trashed: [] as { path: RelPath; stored: AbsPath }[],
    unknown: [] as AbsPath[],
    unfinished: 0,
  };

  const settle = (left: AbsPath): void => {
    const aside = left.endsWith(ASIDE);
    const intent = intentByTemp.get((aside ? left.slice(0, -ASIDE.length) : left) as AbsPath);
    const stat = lstatOf(left);
    if (stat === undefined) return;
    const torn = intent !== undefined && intent.made === undefined && intent.expected === undefined;
    if (intent === undefined || torn) {
      recovery.unknown.push(keepUnknown(trash, left));
      return;
    }
    const { path, expected, made } = intent;
    const at = childPath(root, path);
    if (made !== undefined && !aside && isAsExpected(made, stat)) {
      discard(left);
      recovery.unfinished++;
    } else if (lstatOf(at) === undefined && (aside || made === undefined) && putBack(left, at, renames)) {
      // The path was to be free for some microseconds only.
      recovery.restored.push(path);
    } else if (expected !== undefined && isAsExpected(expected, stat)) {
      recovery.trashed.push({ path, stored: keepKnown(trash, left, path) });
    } else {
      recovery.rescued.push({ path, at: left, stat });
    }
  };

  const staged = namesIn(stageFolder(root)).map((name) => childPath(stageFolder(root), name));
  const elsewhere = intents.map(({ temp }) => temp).filter((temp) => !temp.startsWith(`${stageFolder(root)}/`));
  // What was set aside first: its path may be free, and nothing of ours is to be in its way.
  for (const left of [...new Set([...staged, ...elsewhere])].sort(
    (a, b) => Number(b.endsWith(ASIDE)) - Number(a.endsWith(ASIDE)),
  )) {
    if (left.startsWith(`${stageFolder(root)}/${WHOLE_PREFIX}`)) {
      removeWhole(left);
      recovery.unfinished++;
    } else if (isPartial(root, left) && !intentByTemp.has(left)) dropOldPartial(left, now);
    else settle(left);
  }
  return recovery;
}

function isPartial(root: AbsPath, left: AbsPath): boolean {
  return left.startsWith(`${stageFolder(root)}/${PARTIAL_PREFIX}`);
}

/** By ctime: rsync gives a partial the mtime of its original. */
function dropOldPartial(left: AbsPath, now: number): void {
  const stats = lstatSync(left, { throwIfNoEntry: false });
  if (stats !== undefined && now - stats.ctimeMs > PARTIAL_MS) rmSync(left, { recursive: true, force: true });
}

function keepKnown(trash: Trash, left: AbsPath, path: string): AbsPath {
  try {
    return trash.take(left, path);
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error;
    return trash.copyIn(left, path);
  }
}

function keepUnknown(trash: Trash, left: AbsPath): AbsPath {
  return keepKnown(trash, left, `recovered/${left.slice(left.lastIndexOf('/') + 1)}`);
}

function namesIn(folder: AbsPath): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
