/**
 * A whole look at the disk: every project below some folders, put into the registry.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AbsPath } from '../../platform/abs-path.ts';
import type { Home } from '../../platform/home.ts';
import type { Registry } from '../core/registry-schema.ts';
import { type FoundRoot, type Walked, walkForProjects } from '../discover/walk.ts';
import { type Found, mergeFound } from '../registry/merge-found.ts';
import { editRegistry, loadRegistry } from '../registry/registry-file.ts';
import { fingerprint, isUnchanged } from './fingerprint.ts';
import { asFound, lookAtProject } from './look.ts';
import { readScanState, type ScanState, writeScanState } from './scan-state.ts';
import type { LauncherSettings } from './settings-schema.ts';

export interface DiscoverOptions {
  readonly host: string;
  readonly settings: Pick<LauncherSettings, 'exclude' | 'maxDepth'>;
  readonly nowMs: number;
  readonly signal?: AbortSignal;
  readonly budgetMs?: number;
  /** Tells what would change, and changes nothing. */
  readonly dryRun?: boolean;
}

export interface Discovered extends Pick<Walked, 'unreadable' | 'complete'> {
  readonly found: readonly Found[];
  /** Paths that the registry had not, and those that it had. */
  readonly added: readonly string[];
  readonly missing: readonly string[];
  readonly registry: Registry;
}

/** @throws {DsyncError} BAD_STATE the registry is broken; it was left as it is */
export async function discoverProjects(
  home: Home,
  starts: readonly AbsPath[],
  { host, settings, nowMs, signal, budgetMs, dryRun = false }: DiscoverOptions,
): Promise<Discovered> {
  const before = readScanState(home);
  const walked = await walkForProjects(starts, {
    ...settings,
    ...(signal === undefined ? {} : { signal }),
    ...(budgetMs === undefined ? {} : { budgetMs }),
  });
  const known = (await loadRegistry(home)).registry;
  const found = await lookAtRoots(walked.roots, { known, host, before });
  const isGone = (path: string): boolean => !existsSync(path);
  const merge = (registry: Registry): Registry => mergeFound(registry, found, { host, nowMs, isGone });
  const registry = dryRun ? merge(known) : await editRegistry(home, merge);
  if (!dryRun) writeScanState(home, scanStateOf(walked, { starts, before, nowMs }));
  const knownPaths = new Set(known.projects.map(({ locations }) => locations[host]?.path));
  return {
    found,
    added: found.flatMap(({ path }) => (knownPaths.has(path) ? [] : [path])),
    missing: registry.projects.flatMap(({ locations }) => {
      const location = locations[host];
      return location?.missingSince === undefined ? [] : [location.path];
    }),
    registry,
    unreadable: walked.unreadable,
    complete: walked.complete,
  };
}

/** What is as it was is not read again. */
async function lookAtRoots(
  roots: readonly FoundRoot[],
  { known, host, before }: { readonly known: Registry; readonly host: string; readonly before: ScanState },
): Promise<Found[]> {
  const projectByPath = new Map(known.projects.map((project) => [project.locations[host]?.path, project]));
  const found: Found[] = [];
  for (const { path, names } of roots) {
    const project = projectByPath.get(path);
    const seen = before.projects[path];
    const isSame = project !== undefined && seen !== undefined && isUnchanged(path, seen);
    found.push(isSame ? asFound(project, path) : await lookAtProject(path, names));
  }
  return found;
}

function scanStateOf(
  { roots, folders }: Walked,
  {
    starts,
    before,
    nowMs,
  }: { readonly starts: readonly AbsPath[]; readonly before: ScanState; readonly nowMs: number },
): ScanState {
  const holders = new Set<string>([...starts, ...roots.map(({ path }) => dirname(path))]);
  const seen = [...folders].filter(([path]) => holders.has(path));
  return {
    at: nowMs,
    folders: { ...before.folders, ...Object.fromEntries(seen) },
    projects: {
      ...before.projects,
      ...Object.fromEntries(
        roots.flatMap(({ path, names }) => {
          const print = fingerprint(path, names);
          return print === undefined ? [] : [[path, print]];
        }),
      ),
    },
  };
}
