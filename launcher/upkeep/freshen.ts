/**
 * The registry as it is shown: what changed since the last look is found by a few hundred `stat`s, with no scan.
 *
 * A clone beside other projects changes its parent's mtime, an edited manifest its own. So does what the agent applies
 * to a root that is kept in sync: projects from other hosts appear by themselves.
 *
 * @module
 */
import { existsSync, statSync } from 'node:fs';
import { type AbsPath, absPath } from '../../platform/abs-path.ts';
import type { Home } from '../../platform/home.ts';
import type { Registry } from '../core/registry-schema.ts';
import { walkForProjects } from '../discover/walk.ts';
import { type Found, mergeFound } from '../registry/merge-found.ts';
import { editRegistry } from '../registry/registry-file.ts';
import type { LauncherSettings } from './launcher-settings.ts';
import { fingerprint, isUnchanged, lookAtProject } from './look.ts';
import { readScanState, writeScanState } from './scan-state.ts';

/** A new project lies in a folder that is known, or in a new folder in it. */
const NEAR_DEPTH = 2;
/** What takes longer is left to the scan in the background. */
const BUDGET_MS = 40;

export interface Fresh {
  readonly registry: Registry;
  /** A whole scan is due: none was made for some time, or there was too much to look at. */
  readonly isStale: boolean;
}

/** @throws {DsyncError} BAD_STATE the registry was broken meanwhile */
export async function freshen(
  home: Home,
  registry: Registry,
  options: { readonly host: string; readonly nowMs: number; readonly settings: LauncherSettings },
): Promise<Fresh> {
  const { host, nowMs, settings } = options;
  const state = await readScanState(home);
  const isStale = nowMs - state.at > settings.refreshMinutes * 60_000;
  const deadline = performance.now() + BUDGET_MS;
  const paths = registry.projects.flatMap(({ locations }) => locations[host]?.path ?? []);
  const touched = Object.keys(state.folders).filter((path) => mtimeOf(path) !== state.folders[path]);
  const changed = Object.keys(state.projects).filter((path) => !isUnchanged(path, state.projects[path] ?? {}));
  const gone = paths.filter((path) => !existsSync(path));
  const wasGone = registry.projects.filter(({ locations }) => locations[host]?.missingSince !== undefined).length;
  if (touched.length === 0 && changed.length === 0 && gone.length === wasGone) return { registry, isStale };

  const known = new Set(paths);
  const { roots, folders, complete } = await walkForProjects(
    touched.filter((path) => mtimeOf(path) !== undefined).map(toAbs),
    {
      maxDepth: NEAR_DEPTH,
      exclude: settings.exclude,
      budgetMs: BUDGET_MS,
    },
  );
  const isNew = roots.filter(({ path }) => !known.has(path));
  const found: Found[] = [];
  const prints = new Map<string, Readonly<Record<string, number>>>();
  for (const { path, names } of [
    ...isNew,
    ...changed.filter((one) => known.has(one)).map((path) => ({ path, names: undefined })),
  ]) {
    if (performance.now() > deadline && found.length > 0) return { registry, isStale: true };
    if (!existsSync(path)) continue;
    found.push(await lookAtProject(path, names));
    prints.set(path, fingerprint(path, names ?? Object.keys(state.projects[path] ?? {})) ?? {});
  }
  const isGone = (path: string): boolean => !existsSync(path);
  const fresh = await editRegistry(home, (one) => mergeFound(one, found, { host, nowMs, isGone }));
  const seen = [...folders].filter(([path]) => touched.includes(path));
  const left = Object.entries(state.projects).filter(([path]) => existsSync(path));
  writeScanState(home, {
    at: state.at,
    folders: {
      ...Object.fromEntries(Object.entries(state.folders).filter(([path]) => existsSync(path))),
      ...Object.fromEntries(seen),
    },
    projects: { ...Object.fromEntries(left), ...Object.fromEntries(prints) },
  });
  return { registry: fresh, isStale: isStale || !complete };
}

function toAbs(path: string): AbsPath {
  return absPath(path);
}

function mtimeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
