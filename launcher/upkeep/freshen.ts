/**
 * The registry as it is shown: what changed since the last look is found by a few hundred `stat`s, with no scan.
 *
 * A clone beside other projects changes its parent's mtime, an edited manifest its own. So does what the agent applies
 * to a root that is kept in sync: projects from other hosts appear by themselves.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { absPath } from '../../platform/abs-path.ts';
import type { Home } from '../../platform/home.ts';
import type { Registry } from '../core/registry-schema.ts';
import { type Found, mergeFound } from '../registry/merge-found.ts';
import { editRegistry } from '../registry/registry-file.ts';
import { type Fingerprint, fingerprint, isUnchanged, mtimeOf } from './fingerprint.ts';
import { readScanState, type ScanState, writeScanState } from './scan-state.ts';
import type { LauncherSettings } from './settings-schema.ts';

/** A new project lies in a folder that is known, or in a new folder in it. */
const NEAR_DEPTH = 2;
/** What takes longer is left to the scan in the background. */
const BUDGET_MS = 40;

export interface Fresh {
  readonly registry: Registry;
  /** A whole scan is due: none was made for some time, or there was too much to look at. */
  readonly isStale: boolean;
}

interface FreshenOptions {
  readonly host: string;
  readonly nowMs: number;
  readonly settings: LauncherSettings;
}

/** @throws {DsyncError} BAD_STATE the registry was broken meanwhile */
export async function freshen(home: Home, registry: Registry, options: FreshenOptions): Promise<Fresh> {
  const { host, nowMs, settings } = options;
  const state = readScanState(home);
  const isOld = nowMs - state.at > settings.refreshMinutes * 60_000;
  const touched = Object.keys(state.folders).filter((path) => mtimeOf(path) !== state.folders[path]);
  const known = new Set(registry.projects.flatMap(({ locations }) => locations[host]?.path ?? []));
  const changed = Object.entries(state.projects).filter(
    ([path, print]) => known.has(path) && !isUnchanged(path, print),
  );
  const isTurned = registry.projects.some(({ locations }) => {
    const location = locations[host];
    // One with a fingerprint that goes, or comes back, changes it.
    const isSeen = location === undefined || state.projects[location.path] !== undefined;
    return !isSeen && existsSync(location.path) === (location.missingSince !== undefined);
  });
  if (touched.length === 0 && changed.length === 0 && !isTurned) return { registry, isStale: isOld };

  const seen = await lookNear(touched, { known, changed, settings });
  const isGone = (path: string): boolean => !existsSync(path);
  const fresh = await editRegistry(home, (before) => mergeFound(before, seen.found, { host, nowMs, isGone }));
  writeScanState(home, withoutGone(state, seen));
  return { registry: fresh, isStale: isOld || !seen.complete };
}

interface Near {
  readonly found: readonly Found[];
  readonly folders: ReadonlyMap<string, number>;
  readonly prints: ReadonlyMap<string, Fingerprint>;
  readonly complete: boolean;
}

/** New projects in folders that changed, and changed projects, as far as there is time. */
async function lookNear(
  touched: readonly string[],
  options: {
    readonly known: ReadonlySet<string>;
    readonly changed: readonly (readonly [string, Fingerprint])[];
    readonly settings: LauncherSettings;
  },
): Promise<Near> {
  const { known, changed, settings } = options;
  const deadline = performance.now() + BUDGET_MS;
  // Most of the time there is nothing to look at, and no need to load what looks.
  const [{ walkForProjects }, { lookAtProject }] = await Promise.all([
    import('../discover/walk.ts'),
    import('./look.ts'),
  ]);
  const starts = touched.filter((path) => existsSync(path)).map((path) => absPath(path));
  const walked = await walkForProjects(starts, {
    maxDepth: NEAR_DEPTH,
    exclude: settings.exclude,
    budgetMs: BUDGET_MS,
  });
  const found: Found[] = [];
  const prints = new Map<string, Fingerprint>();
  const wanted = [
    ...walked.roots.filter(({ path }) => !known.has(path)),
    ...changed.map(([path, print]) => ({ path, names: undefined, print })),
  ];
  for (const { path, names, ...rest } of wanted) {
    if (found.length > 0 && performance.now() > deadline) return { found, prints, folders: new Map(), complete: false };
    const print = fingerprint(path, names ?? ('print' in rest ? Object.keys(rest.print) : []));
    if (print === undefined) continue;
    found.push(await lookAtProject(path, names));
    prints.set(path, print);
  }
  // What was not seen to its end counts as touched the next time as well.
  const ended = walked.complete ? [...walked.folders] : [];
  const folders = new Map(ended.filter(([path]) => touched.includes(path)));
  return { found, prints, folders, complete: walked.complete };
}

function withoutGone({ at, folders, projects }: ScanState, seen: Near): ScanState {
  const there = <T>(entries: Readonly<Record<string, T>>): [string, T][] =>
    Object.entries(entries).filter(([path]) => existsSync(path));
  return {
    at,
    folders: { ...Object.fromEntries(there(folders)), ...Object.fromEntries(seen.folders) },
    projects: { ...Object.fromEntries(there(projects)), ...Object.fromEntries(seen.prints) },
  };
}
